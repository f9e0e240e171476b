import type { IndexDocument, IndexWrite } from '@starling/kit/search-index/port.ts';
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
  });
