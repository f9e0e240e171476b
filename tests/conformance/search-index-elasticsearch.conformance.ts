import type { IndexWrite, RebuildSource } from '@starling/kit/search-index/port.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { elasticsearchForTests } from '../support/elasticsearch.ts';
import { openIndexes } from '../support/open-indexes.ts';
import { documentOf, found, id, put, remove } from './search-index-adapters.ts';

const elasticsearch = await elasticsearchForTests();

/** What only Elasticsearch can do wrong. */
describe.skipIf(elasticsearch === null)('search on Elasticsearch', () => {
  const server = elasticsearch!;
  let indexes: ReturnType<typeof openIndexes>;
  let open: typeof indexes.open;
  let ask: typeof indexes.ask;
  let namespace: string;
  let versionsOf: typeof indexes.versionsOf;
  beforeAll(() => {
    indexes = openIndexes(server);
    ({ open, ask, namespace, versionsOf } = indexes);
  });
  afterAll(() => indexes.close());

  test('several processes may open the same index at once, and read what the others write', async () => {
    const indexes = await Promise.all(Array.from({ length: 4 }, () => open('shared')));
    await Promise.all(indexes.map((index, n) => index.write([put(1, documentOf(n, 'a'))])));
    for (const index of indexes) expect(await found(index, { must: [['a']] })).toHaveLength(4);
    expect(await versionsOf('shared')).toEqual([`${namespace}-shared-v1`]);
  });

  test('a deletion is remembered for longer than Elasticsearch does', async () => {
    const index = await open('places');
    await ask('PUT', `/${namespace}-places/_settings`, { 'index.gc_deletes': '0s' });
    await index.write([put(1, documentOf(1, 'a'))]);
    await index.write([remove(2, 1)]);
    await ask('POST', `/${namespace}-places/_forcemerge?max_num_segments=1`);
    await index.write([put(1, documentOf(1, 'late'))]);
    expect(await found(index, {})).toEqual([]);
  });

  test('scores do not depend on shards, deleted documents or what else there is', async () => {
    const [one, five] = [await open('one-shard'), await open('five-shards', { shards: 5 })];
    const texts = ['cat cat', 'a cat', 'cat and dog', 'dog dog cat', 'the cat of the dog', '東京 東京タワー', 'dog'];
    const writes = texts.map((text, n) => put(1, documentOf(n, text)));
    const query = { must: [['cat']], mustNot: [], keywords: {}, order: 'relevance', limit: 10 } as const;
    await one.write(writes);
    await one.refresh();
    const scores = await one.search(query);
    await five.write(writes);
    await five.write(Array.from({ length: 200 }, (_, n) => put(1, documentOf(1_000 + n, 'dog dog mouse'))));
    await five.write(Array.from({ length: 100 }, (_, n) => remove(2, 1_000 + n)));
    await five.refresh();
    expect(await five.search(query)).toEqual(scores);
    expect(new Set(scores.map(({ score }) => score)).size).toBeGreaterThan(2);
  });

  test('thousands of documents in one batch are written in requests of bounded size', async () => {
    const index = await open('large');
    const text = 'word '.repeat(300);
    await index.write(Array.from({ length: 2_500 }, (_, n) => put(1, documentOf(n, `${text} w${n % 50}`))));
    expect(await found(index, { must: [['w7']] })).toHaveLength(50);
  });

  test('one document that can never be stored is told of, and does not keep out the others', async () => {
    const index = await open('odd');
    const odd = { ...documentOf(1, 'a'), id: 'not a number' };
    await expect(index.write([put(1, documentOf(2, 'a')), put(1, odd), put(1, documentOf(3, 'a'))])).rejects.toThrow(
      /^Elasticsearch refuses: .*age/,
    );
    expect(await found(index, {})).toEqual([id(3), id(2)]);
  });

  test('a search that costs too much ends with DEADLINE_EXCEEDED', async () => {
    const index = await open('slow', { readTimeoutMs: 1 });
    await index.write(Array.from({ length: 5_000 }, (_, n) => put(1, documentOf(n, '', {}, `n${n}x n${n * 7}y`))));
    await index.refresh();
    const label = Array.from({ length: 300 }, (_, n) => `n${n % 10}`).join(' ');
    const search = () => index.search({ must: [], mustNot: [], keywords: {}, label, order: 'relevance', limit: 1_000 });
    // Now and then a quick machine answers even this within a millisecond.
    const searchMuch = () =>
      Promise.all(Array.from({ length: 10 }, search)).then(
        () => 'in time',
        (error: unknown) => (error as { code?: string }).code,
      );
    await expect.poll(searchMuch).toBe('DEADLINE_EXCEEDED');
  });

  test('of two rebuilds at once the later one wins, and the other says so', async () => {
    const index = await open('twice');
    const gate = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    async function* slowly(): RebuildSource {
      begun.resolve(undefined);
      await gate.promise;
      yield [put(1, documentOf(1, 'a')) as Extract<IndexWrite, { version: bigint }>];
    }
    async function* quickly(): RebuildSource {
      yield [put(1, documentOf(2, 'a')) as Extract<IndexWrite, { version: bigint }>];
    }
    const first = index.rebuild(slowly());
    await begun.promise;
    await index.rebuild(quickly());
    gate.resolve(undefined);
    await expect(first).rejects.toThrow('has taken over');
    expect(await found(index, {})).toEqual([id(2)]);
    expect(await versionsOf('twice')).toEqual([`${namespace}-twice-v3`]);
  });

  test('what a rebuild has left that died is written to, warned of, and removed by the next', async () => {
    const index = await open('died');
    const never = Promise.withResolvers<never>();
    const begun = Promise.withResolvers<undefined>();
    async function* endlessly(): RebuildSource {
      begun.resolve(undefined);
      yield await never.promise;
    }
    index.rebuild(endlessly()).catch(() => undefined);
    await begun.promise;
    await index.write([put(1, documentOf(1, 'a'))]);
    expect(await versionsOf('died')).toHaveLength(2);
    const warnings: string[] = [];
    const warn = (_: unknown, message?: string) => void warnings.push(message ?? '');
    const next = await open('died', { logger: { warn } });
    expect(warnings).toEqual([expect.stringContaining('cut short')]);
    await next.rebuild(
      (async function* () {
        yield [put(1, documentOf(1, 'a')) as Extract<IndexWrite, { version: bigint }>];
      })(),
    );
    expect(await versionsOf('died')).toEqual([`${namespace}-died-v3`]);
    expect(await found(next, {})).toEqual([id(1)]);
  });
});
