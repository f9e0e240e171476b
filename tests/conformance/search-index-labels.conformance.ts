import type { IndexDocument } from '@starling/kit/search-index/port.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADAPTERS, documentOf, found, id, openWith, type Adapter } from './search-index-adapters.ts';

for (const { name, isMissing, start } of ADAPTERS)
  describe.skipIf(isMissing)(`search index: ${name}`, () => {
    let running: Awaited<ReturnType<Adapter['start']>>;
    beforeAll(async () => {
      running = await start();
    });
    afterAll(() => running.stop());

    const indexWith = (...documents: IndexDocument[]) => openWith(running, documents);

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
  });
