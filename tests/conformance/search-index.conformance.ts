import type { IndexDocument, IndexWrite, SearchIndex } from '@starling/kit/search-index/port.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADAPTERS, documentOf, found, id, put, remove, type Adapter } from './search-index-adapters.ts';

for (const { name, isMissing, start } of ADAPTERS)
  describe.skipIf(isMissing)(`search index: ${name}`, () => {
    let running: Awaited<ReturnType<Adapter['start']>>;
    beforeAll(async () => {
      running = await start();
    });
    afterAll(() => running.stop());

    async function indexWith(...documents: IndexDocument[]): Promise<SearchIndex> {
      const index = await running.open();
      await index.write(documents.map((document) => put(1, document)));
      return index;
    }

    describe('versions', () => {
      const old = documentOf(1, 'old');
      const young = documentOf(1, 'young');

      test('a newer version replaces the document, an older or equal one changes nothing', async () => {
        const index = await running.open();
        await index.write([put(2, old)]);
        await index.write([put(3, young)]);
        await index.write([put(2, old)]);
        await index.write([put(3, documentOf(1, 'equal'))]);
        expect(await found(index, { must: [['young']] })).toEqual([id(1)]);
        expect(await found(index, { must: [['old']] })).toEqual([]);
        expect(await found(index, { must: [['equal']] })).toEqual([]);
      });

      test('a deletion leaves its version behind, also of what never was', async () => {
        const index = await running.open();
        await index.write([remove(5, 1)]);
        await index.write([put(4, old)]);
        await index.write([put(5, old)]);
        expect(await found(index, {})).toEqual([]);
        await index.write([put(6, young)]);
        expect(await found(index, {})).toEqual([id(1)]);
        await index.write([remove(6, 1)]);
        expect(await found(index, {})).toEqual([id(1)]);
      });

      test('the newest of several writes to one document in a batch counts, in whatever order they stand', async () => {
        const index = await running.open();
        await index.write([put(1, old), put(3, young), put(2, old), remove(1, 2), put(2, documentOf(2, 'young'))]);
        expect(await found(index, { must: [['young']] })).toEqual([id(2), id(1)]);
      });

      test('versions beyond 2^53 are told apart', async () => {
        const index = await running.open();
        const large = 2n ** 53n;
        await index.write([{ kind: 'put', version: large + 1n, document: young }]);
        await index.write([{ kind: 'put', version: large, document: old }]);
        expect(await found(index, { must: [['young']] })).toEqual([id(1)]);
      });

      test('concurrent writers of the same documents leave the newest versions', async () => {
        const index = await running.open();
        const batch = (version: number) =>
          Array.from({ length: 20 }, (_, n) => put(version, documentOf(n, `v${version}`)));
        await Promise.all(
          [3, 1, 4, 2].map((version) => index.write(version % 2 ? batch(version) : batch(version).reverse())),
        );
        expect(await found(index, { must: [['v4']] })).toHaveLength(20);
      });

      test('an empty batch is no work', async () => {
        await (await running.open()).write([]);
      });
    });

    describe('deletion by keyword', () => {
      test('reaches every document that has it, whatever the version, and no other', async () => {
        const index = await indexWith(
          documentOf(1, 'a', { author: ['7'], tag: ['x'] }),
          documentOf(3, 'c', { author: ['77'] }),
          documentOf(4, 'd', { to: ['7'] }),
        );
        await index.write([put(900, documentOf(2, 'b', { author: ['7'] }))]);
        await index.write([{ kind: 'deleteByKeyword', field: 'author', keyword: '7' }]);
        expect(await found(index, {})).toEqual([id(4), id(3)]);
        expect(await index.suggestKeywords({ field: 'tag', prefix: '', limit: 5 })).toEqual([]);
      });

      test('holds against a replay and against a document that comes late', async () => {
        const index = await indexWith(documentOf(1, 'a', { author: ['7'] }));
        const deletion: IndexWrite = { kind: 'deleteByKeyword', field: 'author', keyword: '7' };
        await index.write([deletion]);
        await index.write([
          put(1, documentOf(1, 'a', { author: ['7'] })),
          put(2, documentOf(1, 'a', { author: ['7'] })),
          put(1, documentOf(2, 'b', { author: ['7'] })),
        ]);
        await index.write([deletion, put(1, documentOf(3, 'c', { author: ['8'] }))]);
        expect(await found(index, {})).toEqual([id(3)]);
      });

      test('lets no concurrent write slip through', async () => {
        const index = await running.open();
        const writes = Array.from({ length: 20 }, (_, n) =>
          index.write([put(1, documentOf(n, 'a', { author: ['7'] }))]),
        );
        await Promise.all([...writes, index.write([{ kind: 'deleteByKeyword', field: 'author', keyword: '7' }])]);
        expect(await found(index, {})).toEqual([]);
      });
    });

    describe('matching', () => {
      test('tokens are found as they stand, whatever they are', async () => {
        const odd = [
          "'",
          "''",
          '\\',
          "\\'",
          'a:*',
          '&',
          '|',
          '!',
          '<->',
          '(',
          ':1A',
          '%',
          '"',
          '日',
          '👍',
          '🇫🇷',
          'שלום',
          "x'); drop table",
          '*',
          '-',
          'AND',
          'NOT',
          'the',
          'running',
        ];
        const index = await running.open();
        await index.write(
          odd.map((token, n) => put(1, { id: id(n), tokens: ['before', token, 'after'], keywords: {}, label: '' })),
        );
        for (const [n, token] of odd.entries()) {
          expect(await found(index, { must: [[token]] })).toEqual([id(n)]);
          expect(await found(index, { must: [['before', token, 'after']] })).toEqual([id(n)]);
        }
        expect(await found(index, { must: [['run']] })).toEqual([]);
      });

      test('a phrase keeps order and distance, also with words that repeat', async () => {
        const index = await indexWith(
          documentOf(1, 'to be or not to be'),
          documentOf(2, 'be to'),
          documentOf(3, 'to not be'),
        );
        expect(await found(index, { must: [['to', 'be']] })).toEqual([id(1)]);
        expect(await found(index, { must: [['not', 'to', 'be']] })).toEqual([id(1)]);
        expect(await found(index, { must: [['to', 'to']] })).toEqual([]);
        expect(await found(index, { mustNot: [['to', 'be']] })).toEqual([id(3), id(2)]);
      });

      test('every value, one of the values, none of the values', async () => {
        const index = await indexWith(
          documentOf(1, 'a', { tag: ['x', 'y'] }),
          documentOf(2, 'a', { tag: ['x'] }),
          documentOf(3, 'a', { tag: ['y'], author: ['1'] }),
        );
        expect(await found(index, { keywords: { tag: ['x', 'y'] } })).toEqual([id(3), id(2), id(1)]);
        expect(await found(index, { keywords: { tag: ['x', 'y'], author: ['1', '2'] } })).toEqual([id(3)]);
        expect(await found(index, { everyKeyword: { tag: ['x', 'y'] } })).toEqual([id(1)]);
        expect(await found(index, { notKeywords: { tag: ['x'], author: ['2'] } })).toEqual([id(3)]);
        expect(await found(index, { keywords: { tag: [] } })).toEqual([]);
      });

      test('fields and values do not run into one another', async () => {
        const index = await indexWith(
          documentOf(1, 'a', { a: ['bc'] }),
          documentOf(2, 'a', { ab: ['c'] }),
          documentOf(3, 'a', { a: ['b,c', '"', '{', '\\', ''] }),
        );
        expect(await found(index, { keywords: { a: ['bc'] } })).toEqual([id(1)]);
        for (const value of ['b,c', '"', '{', '\\', ''])
          expect(await found(index, { keywords: { a: [value] } })).toEqual([id(3)]);
      });

      test('bounds on the id: since inclusive, until exclusive', async () => {
        const index = await indexWith(...[1, 2, 3, 4].map((n) => documentOf(n, 'a')));
        expect(await found(index, { sinceId: id(2), untilId: id(4) })).toEqual([id(3), id(2)]);
        expect(await found(index, { sinceId: id(2), untilId: id(4), order: 'relevance', must: [['a']] })).toEqual([
          id(3),
          id(2),
        ]);
      });

      test('a query of a thousand tokens is answered', async () => {
        const tokens = Array.from({ length: 1_000 }, (_, n) => `w${n}`);
        const index = await running.open();
        await index.write([put(1, { id: id(1), tokens, keywords: {}, label: '' })]);
        expect(await found(index, { must: [tokens] })).toEqual([id(1)]);
        expect(await found(index, { must: tokens.map((token) => [token]) })).toEqual([id(1)]);
      });
    });

    describe('relevance', () => {
      test('more of the words in a shorter text is better; among equals the newer', async () => {
        const padding = 'one two three four five six seven eight nine ten eleven twelve';
        const index = await indexWith(
          documentOf(1, 'cat cat cat'),
          documentOf(2, 'a cat'),
          documentOf(3, `cat ${padding}`),
          documentOf(4, 'a cat'),
        );
        expect(await found(index, { must: [['cat']], order: 'relevance' })).toEqual([id(1), id(4), id(2), id(3)]);
      });
    });

    describe('labels', () => {
      const PEOPLE = [
        'ada ada lovelace',
        'adam adam smith',
        'grace grace hopper admiral',
        'muller jurgen muller',
        'yamada 山 田 太 郎',
        'ivan иван петров',
        'smile 👍',
        'under_score 100 %',
      ];
      const people = () => indexWith(...PEOPLE.map((label, n) => documentOf(n, '', {}, label)));
      const named = (ids: string[]) => ids.map((one) => PEOPLE[Number(BigInt(one) - BigInt(id(0)))]!.split(' ')[0]);

      test.each([
        ['a', ['ada', 'adam', 'grace']],
        ['ada', ['ada', 'adam']],
        ['lov ad', ['ada']],
        ['hopper', ['grace']],
        ['opper', []],
        ['иван', ['ivan']],
        ['太', ['yamada']],
        ['👍', ['smile']],
        ['%', ['under_score']],
        ['_', []],
        ['under_', ['under_score']],
        ['\\', []],
        ['', []],
      ])('%j starts words of %j', async (label, handles) => {
        expect(named(await found(await people(), { label, labelMatch: 'prefix' })).sort()).toEqual(handles);
      });

      test.each([
        ['lovelase', 'ada'],
        ['grase hoper', 'grace'],
        ['jurgen', 'muller'],
        ['ivan', 'ivan'],
        ['太 郎', 'yamada'],
      ])('%j finds %j first', async (label, handle) => {
        expect(named(await found(await people(), { label, order: 'relevance' }))[0]).toBe(handle);
      });

      test('whole words before starts of words, these before what is only alike, and nothing that is not', async () => {
        const index = await indexWith(
          documentOf(1, '', {}, 'bob robert'),
          documentOf(2, '', {}, 'bobby jones'),
          documentOf(3, '', {}, 'xavier'),
          documentOf(4, '', {}, 'xaviar'),
          documentOf(5, '', {}, 'xavierus'),
        );
        expect(await found(index, { label: 'bob', order: 'relevance' })).toEqual([id(1), id(2)]);
        expect(await found(index, { label: 'xavier', order: 'relevance' })).toEqual([id(3), id(5), id(4)]);
      });

      test('who is called just so comes before who is called so and more', async () => {
        const index = await indexWith(
          documentOf(1, '', {}, 'ada lovelace'),
          documentOf(2, '', {}, 'ada_ito ada ito'),
          documentOf(3, '', {}, 'ito ada'),
        );
        expect(await found(index, { label: 'ada', order: 'relevance' })).toEqual([id(1), id(2), id(3)]);
        expect(await found(index, { label: 'ada', labelMatch: 'prefix', order: 'relevance' })).toEqual([
          id(1),
          id(2),
          id(3),
        ]);
      });

      test('documents without a label match none', async () => {
        expect(await found(await indexWith(documentOf(1, 'ada')), { label: 'ada' })).toEqual([]);
      });
    });

    describe('suggested keywords', () => {
      test('come by prefix, the most frequent first, of living documents only', async () => {
        const index = await indexWith(
          ...[['cats', 'Case'], ['cats'], ['cats', 'café'], ['cat_food'], ['dogs'], ['cat%']].map((tag, n) =>
            documentOf(n, '', { tag, author: ['cats'] }),
          ),
        );
        await index.refresh();
        const suggest = (prefix: string, more = {}) =>
          index.suggestKeywords({ field: 'tag', prefix, limit: 10, ...more });
        expect(await suggest('cat')).toEqual([
          { keyword: 'cats', count: 3 },
          { keyword: 'cat%', count: 1 },
          { keyword: 'cat_food', count: 1 },
        ]);
        expect(await suggest('caf')).toEqual([{ keyword: 'café', count: 1 }]);
        expect(await suggest('cat', { limit: 1 })).toEqual([{ keyword: 'cats', count: 3 }]);
        expect(await suggest('cat', { sinceId: id(2) })).toEqual([
          { keyword: 'cat%', count: 1 },
          { keyword: 'cat_food', count: 1 },
          { keyword: 'cats', count: 1 },
        ]);
        await index.write([remove(2, 0), put(2, documentOf(1, '', { tag: ['other'] }))]);
        await index.refresh();
        expect(await suggest('cats')).toEqual([{ keyword: 'cats', count: 1 }]);
      });
    });
  });
