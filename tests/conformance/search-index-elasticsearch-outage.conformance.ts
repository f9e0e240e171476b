import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import type { SearchIndex } from '@starling/kit/search-index/port.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { elasticsearchForTests } from '../support/elasticsearch.ts';
import { openIndexes } from '../support/open-indexes.ts';
import { openDoorTo, type TcpDoor } from '../support/tcp-door.ts';
import { documentOf, found, id, put } from './search-index-adapters.ts';

const elasticsearch = await elasticsearchForTests();
const MATCH_ALL = { must: [], mustNot: [], keywords: {}, order: 'newest', limit: 10 } as const;
const SOON = { timeout: 30_000, interval: 50 };

/** The way there is cut: what a server of one's own does when it is killed or paused is in tests/fault/servers. */
describe.skipIf(elasticsearch === null)('Elasticsearch cannot be reached', () => {
  let indexes: ReturnType<typeof openIndexes>;
  let door: TcpDoor;
  let opened = 0;
  let index: SearchIndex;
  beforeAll(async () => {
    door = await openDoorTo(elasticsearch!.url);
    indexes = openIndexes(elasticsearch!);
  });
  beforeEach(async () => {
    index = await indexes.open(`door${opened++}`, { url: door.url, readTimeoutMs: 2_000 });
  });
  afterAll(async () => {
    await indexes.close();
    await door.shut();
  });

  const search = () => index.search(MATCH_ALL);
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };

  test('gone and back: searches fail fast, a writer pauses, and both go on by themselves with nothing lost', async () => {
    await index.write([put(1, documentOf(0, 'a'))]);
    await door.shut();
    const attempts = Array.from({ length: 30 }, () => expect(search()).rejects.toMatchObject({ code: 'UNAVAILABLE' }));
    await Promise.all(attempts);
    const fails = () => expect(search()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await vi.waitFor(async () => expect(await timed(fails)).toBeLessThan(50), SOON);
    await expect(index.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    let pauses = 0;
    const writing = (async () => {
      for (let n = 1; n <= 10;)
        try {
          await index.write([put(1, documentOf(n, 'a'))]);
          n += 1;
        } catch (error) {
          if (!isUnavailable(error)) throw error;
          pauses += 1;
          await delay(50);
        }
    })();
    await vi.waitFor(() => expect(pauses).toBeGreaterThan(3), SOON);
    await door.open();
    await writing;
    expect(await found(index, { must: [['a']] })).toEqual(Array.from({ length: 11 }, (_, n) => id(10 - n)));
  });

  test('silent: searches end in their time, then at once; when it speaks again they are answered', async () => {
    await index.write([put(1, documentOf(0, 'a'))]);
    await index.refresh();
    door.freeze();
    await expect(search()).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const silent = { code: expect.stringMatching(/^(DEADLINE_EXCEEDED|UNAVAILABLE)$/) as string };
    await Promise.all(Array.from({ length: 6 }, () => expect(search()).rejects.toMatchObject(silent)));
    const fails = () => expect(search()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await vi.waitFor(async () => expect(await timed(fails)).toBeLessThan(50), SOON);
    door.thaw();
    await vi.waitFor(async () => expect(await search()).toHaveLength(1), SOON);
  });
});
