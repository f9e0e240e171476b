import { analyze, foldHashtag } from '@starling/domain/search-text.ts';
import type { IndexDocument, IndexQuery, SearchIndex, SortKey } from '@starling/kit/search-index/port.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADAPTERS, documentOf, found, id, put, type Adapter } from './search-index-adapters.ts';

for (const { name, isMissing, start } of ADAPTERS)
  describe.skipIf(isMissing)(`search index against brute force: ${name}`, () => {
    let running: Awaited<ReturnType<Adapter['start']>>;
    let index: SearchIndex;
    beforeAll(async () => {
      running = await start();
      index = await running.open();
    });
    afterAll(() => running.stop());

    const WORDS = [
      'cat',
      'Dogs',
      'Straße',
      'crème',
      'brûlée',
      '東京',
      '京都',
      'タワー',
      '한국어',
      'кошка',
      'שלום',
      'سلام',
      'ภาษา',
      '😀',
      "don't",
      'x1',
    ];
    const texts = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 7 }).map((words) => words.join(' '));
    const phrase = fc
      .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 2 })
      .map((words) => analyze(words.join(' ')));
    const phrases = (most: number) => fc.array(phrase, { maxLength: most });
    const tags = fc
      .uniqueArray(fc.constantFrom('a', 'b', 'Été'), { maxLength: 2 })
      .map((list) => list.map(foldHashtag));
    const documents = fc.array(fc.record({ text: texts, tags, author: fc.constantFrom('1', '2') }), {
      minLength: 1,
      maxLength: 25,
    });
    const bound = fc.option(fc.nat(25), { nil: undefined });
    const queries = fc.record({
      must: phrases(2),
      mustNot: phrases(1),
      every: tags,
      none: tags,
      author: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
      since: bound,
      until: bound,
    });

    /** Documents of one run have ids of their own, and a keyword that tells them from those of others. */
    let runs = 0;

    test('finds exactly the documents that match, newest first, in pages without a seam', async () => {
      await fc.assert(
        fc.asyncProperty(
          documents,
          fc.array(queries, { minLength: 5, maxLength: 5 }),
          fc.integer({ min: 1, max: 4 }),
          async (corpus, asked, pageSize) => {
            const run = runs++;
            const numberOf = (n: number) => run * 100 + n;
            const written = corpus.map(({ text, tags: tag, author }, n) =>
              documentOf(numberOf(n), text, { tag, author: [author], run: [`${run}`] }),
            );
            await index.write(written.map((document) => put(1, document)));
            await index.refresh();
            for (const ask of asked) {
              const query: Omit<IndexQuery, 'limit' | 'order'> = {
                must: ask.must,
                mustNot: ask.mustNot,
                keywords: ask.author === undefined ? {} : { author: [ask.author] },
                everyKeyword: { tag: ask.every, run: [`${run}`] },
                notKeywords: { tag: ask.none },
                ...(ask.since !== undefined && { sinceId: id(numberOf(ask.since)) }),
                ...(ask.until !== undefined && { untilId: id(numberOf(ask.until)) }),
              };
              const expected = written
                .filter((document) => matches(document, query))
                .map((document) => document.id)
                .reverse();
              expect(await inPages(index, { ...query, order: 'newest' }, pageSize)).toEqual(expected);
              const byRelevance = await inPages(index, { ...query, order: 'relevance' }, pageSize);
              expect([...byRelevance].sort().reverse()).toEqual(expected);
              expect(byRelevance).toEqual(await found(index, { ...query, order: 'relevance' }));
            }
          },
        ),
        { numRuns: 15 },
      );
    }, 120_000);
  });

function matches({ id: docId, tokens, keywords }: IndexDocument, query: Omit<IndexQuery, 'limit' | 'order'>): boolean {
  const occurs = (phrase: readonly string[]) =>
    tokens.some((_, at) => phrase.every((token, i) => tokens[at + i] === token));
  const has = (field: string, value: string) => (keywords[field] ?? []).includes(value);
  return (
    query.must.every(occurs) &&
    !query.mustNot.some(occurs) &&
    Object.entries(query.keywords).every(([field, values]) => values.some((value) => has(field, value))) &&
    Object.entries(query.everyKeyword ?? {}).every(([field, values]) => values.every((value) => has(field, value))) &&
    !Object.entries(query.notKeywords ?? {}).some(([field, values]) => values.some((value) => has(field, value))) &&
    docId >= (query.sinceId ?? '') &&
    (query.untilId === undefined || docId < query.untilId)
  );
}

async function inPages(index: SearchIndex, query: Omit<IndexQuery, 'limit'>, pageSize: number): Promise<string[]> {
  const ids: string[] = [];
  let after: SortKey | undefined;
  for (;;) {
    const hits = await index.search({ ...query, limit: pageSize, ...(after && { after }) });
    ids.push(...hits.map((hit) => hit.id));
    after = hits.at(-1);
    if (hits.length < pageSize) return ids;
  }
}
