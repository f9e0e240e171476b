import { analyze } from '@starling/domain/search-text.ts';
import { createEmbeddedSearchIndex } from '@starling/kit/search-index/embedded.ts';
import type { IndexDocument, IndexQuery, IndexWrite, SearchIndex } from '@starling/kit/search-index/port.ts';
import { createTestDatabase } from '@starling/kit/testing/test-database.ts';

/** `open` gives an empty index that suggests keywords of `tag`; `close` removes it. */
export type Adapter = { name: string; start(): Promise<{ open(): Promise<SearchIndex>; stop(): Promise<void> }> };

export const ADAPTERS: Adapter[] = [
  {
    name: 'embedded (Postgres)',
    async start() {
      const database = await createTestDatabase();
      let opened = 0;
      const nameOf = (n: number) => `t${String(n).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!)}`;
      return {
        open: () =>
          createEmbeddedSearchIndex({ pool: database.pool, name: nameOf(opened++), suggestedFields: ['tag'] }),
        stop: () => database.drop(),
      };
    },
  },
];

const MATCH_ALL: Omit<IndexQuery, 'limit'> = { must: [], mustNot: [], keywords: {}, order: 'newest' };
export const id = (n: number) => String(1_000_000_000_000_000_000n + BigInt(n));

export function documentOf(
  n: number,
  text: string,
  keywords: IndexDocument['keywords'] = {},
  label = '',
): IndexDocument {
  return { id: id(n), tokens: analyze(text), keywords, label };
}

export function put(version: number, document: IndexDocument): IndexWrite {
  return { kind: 'put', version: BigInt(version), document };
}

export function remove(version: number, n: number): IndexWrite {
  return { kind: 'delete', version: BigInt(version), id: id(n) };
}

export async function found(index: SearchIndex, query: Partial<IndexQuery>): Promise<string[]> {
  await index.refresh();
  return (await index.search({ ...MATCH_ALL, limit: 1_000, ...query })).map((hit) => hit.id);
}
