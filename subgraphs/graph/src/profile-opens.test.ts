import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { forgetProfileOpens, listProfileOpens } from './profile-opens.ts';
import { graphRpc } from './rpc.ts';
import { deleteProfileOpensBeyond, readProfileOpens as readStored } from './store/profile-opens.ts';
import { callOf, openTestGraph, personId, readProfileOpens, type TestGraph } from './testing/test-graph.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const KEPT_MS = 2 * DAY_MS;
const LATER = BigInt(Date.UTC(2060, 0, 1));
const [viewer, ann, ben, cat] = [1, 2, 3, 4].map(personId) as [string, string, string, string];
const call = callOf(null);

let graph: TestGraph;
let rpc: ReturnType<typeof graphRpc>;
beforeAll(async () => {
  graph = await openTestGraph({ profileOpensKeptMs: KEPT_MS });
  rpc = graphRpc(graph);
});
beforeEach(() => graph.pool.query('TRUNCATE profile_open'));
afterAll(() => graph.close());

type Open = [viewerId: string, userId: string, slotMs?: number];

/** At this moment, and looked through for too many. */
async function note(atMs: number, ...opens: Open[]): Promise<void> {
  await noteBy({ now: () => atMs, random: () => 0 }, opens);
}

async function noteBy(chances: { now: () => number; random?: () => number }, opens: Open[]): Promise<void> {
  const noted = opens.map(([viewerId, userId, slotMs = 0]) => ({ viewerId, userId, slotMs: BigInt(slotMs) }));
  await graphRpc({ ...graph, ...chances }).noteProfileOpens(call, { opens: noted });
}

/** How many opens of each viewer there are. */
async function kept(): Promise<Record<string, number>> {
  const pairs = await readProfileOpens(graph);
  const groups = Map.groupBy(pairs, (pair) => pair.split('>')[0]!);
  return Object.fromEntries([...groups].map(([viewerId, { length }]) => [viewerId, length]));
}

const list = async (beforeMs = LATER, limit = 1_000) =>
  (await rpc.listProfileOpens(call, { viewerId: viewer, beforeMs, limit })).opens;

test('a viewer’s opens are told newest first, of before a moment, and nobody else’s', async () => {
  const at = Number(LATER) - 10_000;
  await note(at, [viewer, ann], [ben, ann]);
  await note(at + 1, [viewer, ben]);
  await note(at + 2, [viewer, cat], [cat, viewer]);
  const opens = [cat, ben, ann].map((userId, index) => ({ userId, atMs: BigInt(at + 2 - index) }));
  expect(await list()).toEqual(opens);
  expect(await list(LATER, 2)).toEqual(opens.slice(0, 2));
  expect(await list(BigInt(at + 2))).toEqual(opens.slice(1));
  expect(await list(BigInt(at))).toEqual([]);
});

test('those of one slot are one, which counts from when it was first written, however often it is noted', async () => {
  const at = Number(LATER) - 10_000;
  await note(at, [viewer, ann, 1_000], [viewer, ann, 1_000]);
  await note(at + 5, [viewer, ann, 1_000], [viewer, ann, 2_000]);
  expect(await list()).toEqual([at + 5, at].map((atMs) => ({ userId: ann, atMs: BigInt(atMs) })));
});

test('many writers of the same opens do not get in one another’s way', async () => {
  const opens = Array.from({ length: 50 }, (_, index) => [viewer, personId(100 + index)] as [string, string]);
  const at = Number(LATER) - 1;
  const writers = Array.from({ length: 6 }, (_, index) => note(at, ...(index % 2 ? opens : opens.toReversed())));
  await Promise.all(writers);
  expect(await list()).toHaveLength(opens.length);
});

test('of a viewer the newest thousand are kept, and of others all', async () => {
  const at = Number(LATER) - 10_000;
  const people = Array.from({ length: 999 }, (_, index) => personId(100 + index));
  await note(at, [viewer, ann], [cat, ann], [viewer, ben]);
  await note(at + 1, ...people.map((userId) => [viewer, userId] as [string, string]));
  // The newest of the oldest moment is the last one that fits.
  expect(await kept()).toEqual({ [viewer]: 1_000, [cat]: 1 });
  expect((await list()).map(({ userId }) => userId)).toEqual([...people.toSorted().toReversed(), ben]);
  await note(at + 2, [viewer, cat], [viewer, ann], [ben, ann]);
  expect(await kept()).toEqual({ [viewer]: 1_000, [cat]: 1, [ben]: 1 });
  const told = (await list()).map(({ userId }) => userId);
  expect(told.slice(0, 2)).toEqual([cat, ann].toSorted().toReversed());
  expect(told.slice(2)).toEqual(people.toSorted().slice(1).toReversed());
});

test('who opens little at a time has some dozens more at most', async () => {
  const at = Number(LATER) - 10_000;
  let draws = 0;
  const random = () => ((draws += 1) % 32) / 32;
  const people = Array.from({ length: 20 }, (_, index) => personId(100 + index));
  for (let slot = 0; slot < 60; slot += 1)
    await noteBy(
      { now: () => at + slot, random },
      people.map((userId) => [viewer, userId, slot]),
    );
  const { [viewer]: count } = await kept();
  expect(count).toBeGreaterThanOrEqual(1_000);
  expect(count).toBeLessThan(1_000 + 32 + people.length);
});

test('many writers to one viewer, who has all there may be, do not get in one another’s way', async () => {
  const at = Number(LATER) - 10_000;
  const slots = (slotMs: number) =>
    Array.from({ length: 100 }, (_, index) => [viewer, personId(100 + index), slotMs] as [string, string, number]);
  for (let slot = 0; slot < 10; slot += 1) await note(at + slot, ...slots(slot));
  const forgetting = forgetProfileOpens(
    { ...graph, now: () => at + 5 + KEPT_MS + DAY_MS },
    new AbortController().signal,
  );
  await Promise.all([
    forgetting,
    ...Array.from({ length: 6 }, (_, index) =>
      note(at + 20 + index, ...(index % 2 ? slots(20 + index) : slots(20 + index).toReversed())),
    ),
  ]);
  await note(at + 40, [viewer, ann]);
  expect(await kept()).toEqual({ [viewer]: 1_000 });
  expect((await list()).slice(1, 601).every(({ atMs }) => atMs >= at + 20)).toBe(true);
});

test('what is old is not told, and a day later forgotten', async () => {
  const at = Date.UTC(2026, 5, 1);
  await note(at, [viewer, ann]);
  await note(at + 1, [viewer, ben]);
  const told = async (beforeMs: number) =>
    (await listProfileOpens(graph, { viewerId: viewer, beforeMs, limit: 9 })).map(({ userId }) => userId);
  expect(await told(at + KEPT_MS)).toEqual([ben, ann]);
  expect(await told(at + KEPT_MS + 1)).toEqual([ben]);
  const forget = (now: number, signal = new AbortController().signal) =>
    forgetProfileOpens({ ...graph, now: () => now }, signal);
  const late = at + KEPT_MS + DAY_MS;
  await forget(late);
  expect(await readProfileOpens(graph)).toHaveLength(2);
  await forget(late + 1, AbortSignal.abort());
  expect(await readProfileOpens(graph)).toHaveLength(2);
  await forget(late + 1);
  expect(await readProfileOpens(graph)).toEqual([`${viewer}>${ben}`]);
});

test('what lies beyond is found by the index of its viewer, and nothing is sorted', async () => {
  const client = await graph.pool.connect();
  try {
    await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off');
    await deleteProfileOpensBeyond(client, { viewerId: viewer, kept: 9, limit: 9 });
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN EXECUTE "delete-profile-opens-beyond" (${viewer}, 8, 9)`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan.match(/using profile_open_viewer_id_opened_at_user_id_idx/g)).toHaveLength(2);
    expect(plan).toContain('ROW(opened_at, user_id) < ROW(');
    expect(plan).not.toMatch(/Sort|Seq Scan on profile_open/);
  } finally {
    client.release(true);
  }
});

test('a list is read from the index of its viewer in its order, and nothing is sorted', async () => {
  const client = await graph.pool.connect();
  try {
    await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off');
    await readStored(client, { viewerId: viewer, fromMs: 0, beforeMs: 1, limit: 9 });
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN EXECUTE "read-profile-opens" (${viewer}, now(), now(), 9)`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('using profile_open_viewer_id_opened_at_user_id_idx');
    expect(plan).not.toMatch(/Sort|Seq Scan/);
  } finally {
    client.release(true);
  }
});

test.each([
  ['a viewer that is none', { viewerId: 'me' }],
  ['none at a time', { limit: 0 }],
  ['too many', { limit: 1_001 }],
  ['a moment that is none', { beforeMs: 9_000_000_000_000_000n }],
])('a list of %s is refused', async (_, wrong) => {
  const request = { viewerId: viewer, beforeMs: LATER, limit: 1, ...wrong };
  await expect(rpc.listProfileOpens(call, request)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('notes of nobody, of oneself, of no moment, and too many are refused as a whole', async () => {
  const fine = { viewerId: viewer, userId: ann, slotMs: 0n };
  const wrong = [{ viewerId: '' }, { userId: 'x' }, { userId: viewer }, { slotMs: -1n }];
  for (const one of wrong)
    await expect(rpc.noteProfileOpens(call, { opens: [fine, { ...fine, ...one }] })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  const opens = Array.from({ length: 1_001 }, () => fine);
  await expect(rpc.noteProfileOpens(call, { opens })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await list()).toEqual([]);
  expect(await rpc.noteProfileOpens(call, { opens: [] })).toEqual({});
});
