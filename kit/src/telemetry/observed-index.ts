import type { SearchIndex } from '../search-index/port.ts';
import { searchErrors, searchSeconds, searchWrites } from './metrics.ts';
import { secondsSince } from './registry.ts';
import { inSpan } from './tracing.ts';

/** The same index, counted and traced under its name. */
export function observedIndex(index: string, inner: SearchIndex): SearchIndex {
  const attributes = { 'db.collection.name': index };

  async function observe<Result>(kind: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await inSpan(`${kind} ${index}`, attributes, work, { kind: 'client' });
    } catch (error) {
      searchErrors.inc({ index, kind });
      throw error;
    }
  }
  async function timed<Result>(work: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    const result = await observe('search', work);
    searchSeconds.observe({ index }, secondsSince(began));
    return result;
  }

  return {
    ...inner,
    search: (query) => timed(() => inner.search(query)),
    suggestKeywords: (options) => timed(() => inner.suggestKeywords(options)),
    async write(writes) {
      await observe('write', () => inner.write(writes));
      searchWrites.inc({ index }, writes.length);
    },
  };
}
