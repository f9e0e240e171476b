import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { elasticsearchForTests } from '../support/elasticsearch.ts';
import { busyFor, lockable } from '../support/elasticsearch-doors.ts';
import { openIndexes } from '../support/open-indexes.ts';
import { documentOf, found, id, put } from './search-index-adapters.ts';

const elasticsearch = await elasticsearchForTests();

/** Whoever writes is to pause: the work is good, and nothing of it is lost. */
describe.skipIf(elasticsearch === null)('Elasticsearch takes no writes', () => {
  const server = elasticsearch!;
  let indexes: ReturnType<typeof openIndexes>;
  let open: typeof indexes.open;
  let ask: typeof indexes.ask;
  let namespace: string;
  beforeAll(() => {
    indexes = openIndexes(server);
    ({ open, ask, namespace } = indexes);
  });
  afterAll(() => indexes.close());

  test('busy: what it refuses is tried again, then the writer is to pause', async () => {
    const patient = await open('busy', { url: await busyFor(3, server) });
    await patient.write(Array.from({ length: 20 }, (_, n) => put(1, documentOf(n, 'a'))));
    expect(await found(patient, {})).toHaveLength(20);
    const index = await open('busy', { url: await busyFor(Infinity, server) });
    await expect(index.write([put(2, documentOf(1, 'b'))])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('of an index that is closed to writes, as it is on a full disk', async () => {
    const index = await open('full');
    const blocked = (isBlocked: boolean) =>
      ask('PUT', `/${namespace}-full/_settings`, { 'index.blocks.write': isBlocked });
    await blocked(true);
    await expect(index.write([put(1, documentOf(1, 'a'))])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await blocked(false);
    await index.write([put(1, documentOf(1, 'a'))]);
    expect(await found(index, {})).toEqual([id(1)]);
  });

  test('with a password that was changed and changed back', async () => {
    const { url, lock } = await lockable(server);
    const index = await open('locked', { url });
    lock(true);
    await expect(index.write([put(1, documentOf(1, 'a'))])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(found(index, {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    lock(false);
    await index.write([put(1, documentOf(1, 'a'))]);
    expect(await found(index, {})).toEqual([id(1)]);
  });
});
