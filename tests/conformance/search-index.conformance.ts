import type { IndexDocument } from '@starling/kit/search-index/port.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADAPTERS, documentOf, found, id, openWith, put, remove, type Adapter } from './search-index-adapters.ts';

for (const { name, isMissing, start } of ADAPTERS)
  describe.skipIf(isMissing)(`search index: ${name}`, () => {
    let running: Awaited<ReturnType<Adapter['start']>>;
    beforeAll(async () => {
      running = await start();
    });
    afterAll(() => running.stop());

    const indexWith = (...documents: IndexDocument[]) => openWith(running, documents);

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
