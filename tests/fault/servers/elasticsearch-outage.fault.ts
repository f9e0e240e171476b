import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startServers, type Servers } from '@starling/infra/start-servers.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import type { IndexWrite, RebuildSource, SearchIndex } from '@starling/kit/search-index/port.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { documentOf, found, id, put, remove } from '../../conformance/search-index-adapters.ts';
import { findFreePortOffset } from '../../support/free-port-offset.ts';
import { openIndexes } from '../../support/open-indexes.ts';

const NODE = 'elasticsearch';
/** A busy machine takes its time. */
const UP_AGAIN = { timeout: 120_000, interval: 100 };

let root: string;
let servers: Servers;
let indexes: ReturnType<typeof openIndexes>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'starling-elasticsearch-'));
  servers = await startServers({ root, portOffset: await findFreePortOffset(), engines: [NODE] });
  const { ELASTICSEARCH_URL: url, ELASTICSEARCH_USERNAME: username, ELASTICSEARCH_PASSWORD: password } = servers.env;
  indexes = openIndexes({ url: url!, username: username!, password: password! });
}, 600_000);
afterAll(async () => {
  await indexes.close();
  await servers.stopAll();
  await rm(root, { recursive: true, force: true });
});

/** As a consumer does: in order, again after a while if the index is away, and told of what was taken. Anything else is thrown. */
function startWriter(index: SearchIndex) {
  const stopping = new AbortController();
  const taken: number[] = [];
  let pauses = 0;
  const ended = (async () => {
    for (let n = 0; !stopping.signal.aborted;) {
      const batch = [n, n + 1, n + 2].map((one) => put(1, documentOf(one, `text ${one}`)));
      try {
        await index.write([...batch, remove(2, n + 1)]);
        taken.push(n, n + 2);
        n += 3;
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        pauses += 1;
        await delay(50);
      }
    }
  })();
  return { taken, pauses: () => pauses, stop: () => (stopping.abort(), ended) };
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const MATCH_ALL = { must: [], mustNot: [], keywords: {}, order: 'newest', limit: 10 } as const;

test('killed and back: writers pause, searches fail fast, everything heals by itself and nothing is lost', async () => {
  const index = await indexes.open('killed', { readTimeoutMs: 1_000 });
  const writer = startWriter(index);
  await vi.waitFor(() => expect(writer.taken.length).toBeGreaterThan(20), UP_AGAIN);

  await servers.signal(NODE, 'SIGKILL');
  const search = () => expect(index.search(MATCH_ALL)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  for (let n = 0; n < 20; n += 1) expect(await timed(search)).toBeLessThan(3_000);
  await expect(index.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(indexes.open('other')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await vi.waitFor(() => expect(writer.pauses()).toBeGreaterThan(10), UP_AGAIN);
  const before = writer.taken.length;

  await servers.start(NODE);
  await vi.waitFor(() => index.ping(), UP_AGAIN);
  await vi.waitFor(() => expect(writer.taken.length).toBeGreaterThan(before + 20), UP_AGAIN);
  await writer.stop();
  const ids = writer.taken.map(id).reverse();
  await index.refresh();
  expect(await allOf(index)).toEqual(ids);
});

test('paused: whoever searches or writes hears of it in bounded time, and goes on when it wakes', async () => {
  const index = await indexes.open('paused', { readTimeoutMs: 1_000 });
  await index.write([put(1, documentOf(1, 'a'))]);
  await servers.signal(NODE, 'SIGSTOP');
  try {
    const search = async () => {
      await expect(index.search(MATCH_ALL)).rejects.toMatchObject({
        code: expect.stringMatching(/^(DEADLINE_EXCEEDED|UNAVAILABLE)$/),
      });
    };
    for (let n = 0; n < 6; n += 1) expect(await timed(search)).toBeLessThan(3_000);
    const write = () =>
      expect(index.write([put(1, documentOf(2, 'a'))])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await timed(write)).toBeLessThan(15_000);
  } finally {
    await servers.signal(NODE, 'SIGCONT');
  }
  await vi.waitFor(() => index.write([put(1, documentOf(2, 'a'))]), UP_AGAIN);
  await vi.waitFor(async () => expect(await found(index, {})).toEqual([id(2), id(1)]), UP_AGAIN);
});

test('killed in the middle of a rebuild: what was there is found, and running it again completes it', async () => {
  const index = await indexes.open('rebuilt');
  const all = Array.from(
    { length: 50 },
    (_, n) => put(1, documentOf(n, 'a')) as Extract<IndexWrite, { version: bigint }>,
  );
  await index.write(all.slice(0, 30));
  async function* source(inTheMiddle: () => Promise<unknown>): RebuildSource {
    yield all.slice(0, 25);
    await inTheMiddle();
    yield all.slice(25);
  }
  const kill = () => servers.signal(NODE, 'SIGKILL');
  await expect(index.rebuild(source(kill))).rejects.toMatchObject({ code: 'UNAVAILABLE' });

  await servers.start(NODE);
  await vi.waitFor(async () => expect(await found(index, {})).toHaveLength(30), UP_AGAIN);
  await index.write([put(1, documentOf(100, 'late'))]);
  const late = put(1, documentOf(100, 'late')) as Extract<IndexWrite, { version: bigint }>;
  all.push(late);
  await index.rebuild(source(async () => undefined));
  expect(await found(index, {})).toHaveLength(51);
  expect(await indexes.versionsOf('rebuilt')).toHaveLength(1);
});

/** Page after page. */
async function allOf(index: SearchIndex): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const after = ids.at(-1);
    const hits = await index.search({ ...MATCH_ALL, limit: 500, ...(after && { after: { score: 0, id: after } }) });
    ids.push(...hits.map((hit) => hit.id));
    if (hits.length < 500) return ids;
  }
}
