import { analyze, foldHashtag } from '@starling/domain/search-text.ts';
import { parseQuery } from '@starling/domain/search-query.ts';
import type { IndexQuery, SearchIndex } from '@starling/kit/search-index/port.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CORPUS, QUERIES } from './search-corpus.ts';
import { documentOf, ELASTICSEARCH, EMBEDDED, found, id, put, type Adapter } from './search-index-adapters.ts';

type Running = Awaited<ReturnType<Adapter['start']>>;

describe.skipIf(ELASTICSEARCH.isMissing)('both search indexes find the same', () => {
  let running: Running[];
  let indexes: SearchIndex[];
  beforeAll(async () => {
    running = await Promise.all([EMBEDDED.start(), ELASTICSEARCH.start()]);
    indexes = await Promise.all(running.map((one) => one.open()));
  });
  afterAll(() => Promise.all(running.map((one) => one.stop())));

  /** What both find: the same, in the same order if newest first. Scores are each one's own. */
  async function foundByBoth(query: Partial<IndexQuery>): Promise<string[]> {
    const [embedded, elasticsearch] = await Promise.all(indexes.map((index) => found(index, query)));
    const inOrder = (ids: string[] | undefined) => (query.order === 'relevance' ? [...(ids ?? [])].sort() : ids);
    expect(inOrder(elasticsearch)).toEqual(inOrder(embedded));
    return embedded ?? [];
  }

  describe('in a corpus of many languages', () => {
    beforeAll(async () => {
      const writes = CORPUS.map(([, text], n) => {
        const tag = [...text.matchAll(/#([\p{L}\p{M}\p{N}_]+)/gu)].map(([, name = '']) => foldHashtag(name));
        return put(1, documentOf(n, text, { corpus: ['yes'], tag }));
      });
      await Promise.all(indexes.map((index) => index.write(writes)));
    });

    test.each(QUERIES)('%s', async (text, languages) => {
      const parsed = parseQuery(text);
      if (!parsed.ok) throw new Error(parsed.message);
      const { must, mustNot, hashtags, notHashtags } = parsed.query;
      const everyKeyword = { corpus: ['yes'], tag: hashtags };
      const query = { must, mustNot, everyKeyword, notKeywords: { tag: notHashtags } };
      const newest = await foundByBoth({ ...query, order: 'newest' });
      const best = await foundByBoth({ ...query, order: 'relevance' });
      expect([...best].sort()).toEqual([...newest].sort());
      const numbers = newest.map((one) => Number(BigInt(one) - BigInt(id(0)))).reverse();
      expect(numbers.map((n) => CORPUS[n]?.[0]).join(' ')).toBe(languages);
    });

    test('every word of every text, alone', async () => {
      for (const token of new Set(CORPUS.flatMap(([, text]) => analyze(text)))) {
        const ids = await foundByBoth({ must: [[token]], everyKeyword: { corpus: ['yes'] } });
        expect(ids).not.toHaveLength(0);
      }
    }, 120_000);

    test('tags are suggested alike', async () => {
      for (const prefix of ['', 'k', 'i', 'café', '東', 'ca', 'zzz']) {
        const [embedded, elasticsearch] = await Promise.all(
          indexes.map((index) => index.suggestKeywords({ field: 'tag', prefix, limit: 5 })),
        );
        expect(elasticsearch).toEqual(embedded);
      }
    });
  });

  describe('at random', () => {
    const letter = fc.constantFrom('a', 'b', 'c', 'é', '東', '😀', '_', '%', '\\', '"');
    const word = fc.array(letter, { minLength: 1, maxLength: 6 }).map((letters) => letters.join(''));
    const words = (maxLength: number) => fc.array(word, { minLength: 1, maxLength }).map((list) => list.join(' '));
    const people = fc.array(fc.record({ label: words(3), tags: fc.uniqueArray(word, { maxLength: 3 }) }), {
      minLength: 5,
      maxLength: 40,
    });
    const asked = fc.record({ label: words(2), labelMatch: fc.constantFrom('fuzzy' as const, 'prefix' as const) });
    /** A label of the corpus with a letter mistyped is worth more than a word nobody has. */
    const spoilt = fc.record({ at: fc.nat(39), letter: fc.nat(20), by: letter });
    let runs = 0;

    test('names, their beginnings, misspelt ones, and tags by their beginnings', async () => {
      await fc.assert(
        fc.asyncProperty(
          people,
          fc.array(asked, { minLength: 4, maxLength: 4 }),
          fc.array(spoilt, { minLength: 4, maxLength: 4 }),
          async (corpus, queries, mistakes) => {
            const run = String(runs++);
            const numberOf = (n: number) => 1_000 + Number(run) * 100 + n;
            const writes = corpus.map(({ label, tags }, n) =>
              put(1, documentOf(numberOf(n), '', { run: [run], tag: tags.map((tag) => `${run}:${tag}`) }, label)),
            );
            await Promise.all(indexes.map((index) => index.write(writes)));
            const misspelt = mistakes.map(({ at, letter: place, by }) => {
              const letters = Array.from(corpus[at % corpus.length]?.label ?? '');
              return { label: letters.toSpliced(place % letters.length, 1, by).join(''), labelMatch: 'fuzzy' as const };
            });
            for (const query of [...queries, ...misspelt])
              for (const order of ['newest', 'relevance'] as const)
                await foundByBoth({ ...query, order, keywords: { run: [run] } });
            const prefix = `${run}:${corpus[0]?.tags[0]?.slice(0, 1) ?? ''}`;
            const [embedded, elasticsearch] = await Promise.all(
              indexes.map((index) =>
                index.suggestKeywords({ field: 'tag', prefix, limit: 4, sinceId: id(numberOf(3)) }),
              ),
            );
            expect(elasticsearch).toEqual(embedded);
          },
        ),
        { numRuns: 25 },
      );
    }, 180_000);
  });
});
