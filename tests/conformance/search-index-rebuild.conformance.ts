import type { IndexDocument, IndexWrite, RebuildSource, SearchIndex } from '@starling/kit/search-index/port.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADAPTERS, documentOf, found, id, put, remove, type Adapter } from './search-index-adapters.ts';

type Versioned = Extract<IndexWrite, { version: bigint }>;

for (const { name, isMissing, start } of ADAPTERS)
  describe.skipIf(isMissing)(`rebuilding a search index: ${name}`, () => {
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

    /** Batches, and between them what somebody else does. */
    async function* source(...steps: (Versioned[] | (() => Promise<unknown>))[]): RebuildSource {
      for (const step of steps) {
        if (typeof step === 'function') await step();
        else yield step;
      }
    }
    const puts = (version: number, ...documents: IndexDocument[]) =>
      documents.map((document) => put(version, document) as Versioned);

    test('puts what the source has in the place of everything, also under the same version', async () => {
      const index = await indexWith(documentOf(1, 'gone', { tag: ['old'] }), documentOf(2, 'wrong', { tag: ['old'] }));
      await index.rebuild(source(puts(1, documentOf(2, 'right', { tag: ['new'] })), puts(1, documentOf(3, 'more'))));
      expect(await found(index, {})).toEqual([id(3), id(2)]);
      expect(await found(index, { must: [['right']] })).toEqual([id(2)]);
      expect(await found(index, { must: [['wrong']] })).toEqual([]);
      expect(await index.suggestKeywords({ field: 'tag', prefix: '', limit: 5 })).toEqual([
        { keyword: 'new', count: 1 },
      ]);
    });

    test('keeps the places of deleted documents that the source knows', async () => {
      const index = await indexWith(documentOf(1, 'a'));
      await index.rebuild(source([remove(5, 1) as Versioned]));
      await index.write([put(4, documentOf(1, 'late'))]);
      expect(await found(index, {})).toEqual([]);
      await index.write([put(6, documentOf(1, 'newer'))]);
      expect(await found(index, {})).toEqual([id(1)]);
    });

    test('loses nothing that is written meanwhile, and undoes nothing', async () => {
      const index = await indexWith(documentOf(1, 'old'), documentOf(2, 'old'), documentOf(3, 'old'));
      const meanwhile = () =>
        index.write([put(3, documentOf(2, 'young')), remove(3, 3), put(1, documentOf(9, 'born')), remove(2, 1)]);
      await index.rebuild(
        source(puts(1, documentOf(1, 'old')), meanwhile, puts(1, documentOf(2, 'old'), documentOf(3, 'old')), () =>
          index.write([put(1, documentOf(10, 'born'))]),
        ),
      );
      expect(await found(index, { must: [['young']] })).toEqual([id(2)]);
      expect(await found(index, { must: [['born']] })).toEqual([id(10), id(9)]);
      expect(await found(index, {})).toEqual([id(10), id(9), id(2)]);
    });

    test('answers searches all the time', async () => {
      const index = await indexWith(documentOf(1, 'a'), documentOf(2, 'a'));
      const seen: string[][] = [];
      const look = async () => void seen.push(await found(index, { must: [['a']] }));
      await index.rebuild(source(look, puts(1, documentOf(1, 'a')), look, puts(1, documentOf(2, 'a')), look));
      await look();
      expect(seen).toEqual(Array(4).fill([id(2), id(1)]));
    });

    test('keeps out what was deleted by keyword, before and meanwhile', async () => {
      const index = await indexWith(documentOf(1, 'a', { author: ['7'] }), documentOf(2, 'a', { author: ['8'] }));
      const without = (keyword: string) => index.write([{ kind: 'deleteByKeyword', field: 'author', keyword }]);
      await without('7');
      await index.rebuild(
        source(
          puts(2, documentOf(1, 'a', { author: ['7'] }), documentOf(2, 'a', { author: ['8'] })),
          () => without('8'),
          puts(2, documentOf(3, 'a', { author: ['8'] }), documentOf(4, 'a', { author: ['9'] })),
        ),
      );
      expect(await found(index, {})).toEqual([id(4)]);
      await index.write([put(9, documentOf(5, 'a', { author: ['8'] }))]);
      expect(await found(index, {})).toEqual([id(4)]);
    });

    test('that is cut short leaves an index to work with, and is done by running it again', async () => {
      const index = await indexWith(documentOf(1, 'a'));
      const fail = () => Promise.reject(new Error('the source broke'));
      await expect(index.rebuild(source(puts(1, documentOf(2, 'a')), fail))).rejects.toThrow('the source broke');
      await index.write([put(1, documentOf(3, 'a'))]);
      expect(await found(index, {})).toEqual(expect.arrayContaining([id(1), id(3)]));
      await index.rebuild(source(puts(1, documentOf(2, 'a'), documentOf(3, 'a'))));
      expect(await found(index, {})).toEqual([id(3), id(2)]);
      await index.write([put(1, documentOf(4, 'a'))]);
      expect(await found(index, {})).toEqual([id(4), id(3), id(2)]);
    });

    test('goes on beside writers who never pause', async () => {
      const index = await running.open();
      const facts = new Map<number, number>();
      const stopping = new AbortController();
      const writer = async (offset: number) => {
        for (let n = offset; !stopping.signal.aborted; n += 2) {
          const number = n % 30;
          const version = (facts.get(number) ?? 0) + 1;
          // First the fact, then its event, as with every owner of facts.
          facts.set(number, version);
          await index.write([put(version, documentOf(number, `v${version}`))]);
        }
      };
      const writing = Promise.all([writer(0), writer(1)]);
      async function* facsimile(): RebuildSource {
        for (let n = 0; n < 30; n += 3) {
          const known = [n, n + 1, n + 2].filter((number) => facts.has(number));
          yield known.flatMap((number) => puts(facts.get(number)!, documentOf(number, `v${facts.get(number)}`)));
        }
      }
      try {
        for (let round = 0; round < 3; round += 1) await index.rebuild(facsimile());
      } finally {
        stopping.abort();
        await writing;
      }
      await index.refresh();
      for (const [number, version] of facts)
        expect(await found(index, { must: [[`v${version}`]], sinceId: id(number), untilId: id(number + 1) })).toEqual([
          id(number),
        ]);
    }, 120_000);
  });
