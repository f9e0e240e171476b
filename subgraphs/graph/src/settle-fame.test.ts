import { isFamousNow, type FameInterval } from '@starling/domain/fame.ts';
import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { erasePerson } from './erase-person.ts';
import { followUser } from './follow-user.ts';
import { importFollows } from './import-follows.ts';
import { reconcileEverybody } from './reconcile-counters.ts';
import { graphRpc } from './rpc.ts';
import { callOf, openTestGraph, type TestGraph } from './testing/test-graph.ts';
import { unfollowUser } from './unfollow-user.ts';

const NOTICE = 60_000;
const thresholds = { famousFrom: 3, famousBelow: 2 };
const call: CallContext = callOf(null);

let graph: TestGraph;
beforeAll(async () => void (graph = await openTestGraph({ ...thresholds, fameNoticeMs: NOTICE })));
afterAll(() => graph.close());
afterEach(() => graph.pool.query('TRUNCATE fame, person, follow, past_follow'));

/** Intervals by person, as somebody who asks again and again gets to know them. */
async function listen(sinceMs = 0n): Promise<{ of(userId: Id): FameInterval[]; nextSinceMs: bigint }> {
  const known = new Map<string, FameInterval & { userId: Id }>();
  let nextSinceMs = 0n;
  for await (const page of graphRpc(graph).streamFame(call, { sinceMs })) {
    for (const { userId, beginsMs, endsMs } of page.intervals)
      known.set(`${userId} ${beginsMs}`, {
        userId,
        beginsAt: Number(beginsMs),
        endsAt: endsMs === 0n ? Infinity : Number(endsMs),
      });
    nextSinceMs = page.nextSinceMs;
    expect(page.freshForMs).toBe(NOTICE / 2);
  }
  return { of: (userId) => [...known.values()].filter((each) => each.userId === userId), nextSinceMs };
}

test('fame is announced with a notice when the threshold is crossed, and its end below the lower one', async () => {
  const [star, ...fans] = [0, 1, 2, 3].map((index) => graph.addPerson(index)) as [Id, Id, Id, Id];
  await follow(fans[0], star);
  await follow(fans[1], star);
  expect((await listen()).of(star)).toEqual([]);
  const before = graph.now();
  await follow(fans[2], star);
  const [begun] = (await listen()).of(star);
  expect(begun?.beginsAt).toBeGreaterThan(before + NOTICE);
  expect(begun?.beginsAt).toBeLessThan(graph.now() + NOTICE);
  expect(begun?.endsAt).toBe(Infinity);
  await unfollow(fans[0], star);
  expect((await listen()).of(star)).toEqual([begun]);
  await unfollow(fans[1], star);
  const [ended] = (await listen()).of(star);
  expect(ended?.beginsAt).toBe(begun?.beginsAt);
  expect(ended?.endsAt).toBeLessThan(graph.now() + NOTICE);
  expect(ended?.endsAt).toBeGreaterThan(ended?.beginsAt ?? 0);
});

test('who asks again hears of what was announced since, and a little more', async () => {
  const people = [0, 1, 2, 3, 4].map((index) => graph.addPerson(index));
  const makeFamous = (star: Id) =>
    importFollows(
      graph,
      people.filter((id) => id !== star).map((followerId) => ({ followerId, followeeId: star, atMs: 1 })),
    );
  await makeFamous(people[0]!);
  const first = await listen();
  expect(first.of(people[0]!)).toHaveLength(1);
  await makeFamous(people[1]!);
  const next = await listen(first.nextSinceMs);
  expect(next.of(people[1]!)).toHaveLength(1);
  for (let second = 0; second < 70; second += 1) graph.now();
  const later = await listen((await listen()).nextSinceMs);
  expect([later.of(people[0]!), later.of(people[1]!)]).toEqual([[], []]);
});

test('of an answer that breaks off, the next one goes on behind the pages that came', async () => {
  const COUNT = 5_003;
  await graph.pool.query(
    `INSERT INTO fame (user_id, begins_at, changed_at)
     SELECT n, to_timestamp(n), to_timestamp(n / 2) FROM generate_series(1, $1) AS n`,
    [COUNT],
  );
  const heard = new Set<Id>();
  let sinceMs = 0n;
  for await (const { intervals, resumeSinceMs } of graphRpc(graph).streamFame(call, { sinceMs })) {
    for (const { userId } of intervals) heard.add(userId);
    sinceMs = resumeSinceMs;
    break;
  }
  expect(heard.size).toBeLessThan(COUNT);
  let again = 0;
  for await (const { intervals } of graphRpc(graph).streamFame(call, { sinceMs })) {
    again += intervals.length;
    for (const { userId } of intervals) heard.add(userId);
  }
  expect(heard.size).toBe(COUNT);
  expect(again).toBeLessThan(10);
});

test('what others could hear of too late is not announced', async () => {
  const people = [0, 1, 2, 3].map((index) => graph.addPerson(index));
  const [star, ...fans] = people as [Id, Id, Id, Id];
  for (const fan of fans.slice(1)) await follow(fan, star);
  let clock = 0;
  const slow = { ...graph, now: () => (clock += NOTICE / 4 + 1) };
  const late = followUser(slow, callOf(fans[0]), star);
  await expect(late).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect((await listen()).of(star)).toEqual([]);
  await follow(fans[0], star);
  expect((await listen()).of(star)).toHaveLength(1);
});

test('changed thresholds tell when followers are recounted', async () => {
  const people = [0, 1, 2].map((index) => graph.addPerson(index));
  const [star, ...fans] = people as [Id, Id, Id];
  for (const fan of fans) await follow(fan, star);
  await reconcileEverybody(graph);
  expect((await listen()).of(star)).toEqual([]);
  expect(await reconcileEverybody({ ...graph, famousFrom: 2 })).toEqual([]);
  expect((await listen()).of(star)).toHaveLength(1);
});

test('an erased person’s fame ends', async () => {
  const people = [0, 1, 2, 3].map((index) => graph.addPerson(index));
  const star = people[0]!;
  await importFollows(
    graph,
    people.slice(1).map((followerId) => ({ followerId, followeeId: star, atMs: 1 })),
  );
  await erasePerson(graph, star);
  const [ended] = (await listen()).of(star);
  expect(ended?.endsAt).toBeLessThan(Infinity);
});

test('followers who were famous at a moment are streamed alone', async () => {
  const people = [0, 1, 2, 3, 4, 5].map((index) => graph.addPerson(index));
  const [author, star] = people as [Id, Id];
  const follows = [...people.slice(1).map((id) => [id, author]), ...people.slice(2).map((id) => [id, star])];
  await importFollows(
    graph,
    follows.map(([followerId, followeeId]) => ({ followerId: followerId!, followeeId: followeeId!, atMs: 1 })),
  );
  const { beginsAt } = (await listen()).of(star)[0]!;
  const at = async (atMs: number) => {
    const ids: Id[] = [];
    const request = { userId: author, pageSize: 2, afterId: '', famousAtMs: BigInt(atMs) };
    for await (const page of graphRpc(graph).streamFollowers(call, request)) ids.push(...page.ids);
    return ids;
  };
  expect(await at(beginsAt - 1)).toEqual([]);
  expect(await at(beginsAt)).toEqual([star]);
  expect(await at(0)).toEqual(people.slice(1));
});

test('intervals follow the number of followers, never overlap, and are told ahead of their begin and end', async () => {
  const step = fc.record({ fan: fc.nat(4), on: fc.boolean(), pause: fc.nat(90) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await graph.pool.query('TRUNCATE fame, person, follow, past_follow');
      const star = graph.addPerson(0);
      const fans = [1, 2, 3, 4, 5].map((index) => graph.addPerson(index));
      let isFamous = false;
      const following = new Set<Id>();
      for (const { fan, on, pause } of steps) {
        for (let second = 0; second < pause; second += 1) graph.now();
        const before = (await listen()).of(star);
        const fanId = fans[fan]!;
        await (on ? follow(fanId, star) : unfollow(fanId, star));
        if (on) following.add(fanId);
        else following.delete(fanId);
        isFamous = isFamousNow(isFamous, following.size, thresholds);
        const after = (await listen()).of(star);
        expect(after.some(({ endsAt }) => endsAt === Infinity)).toBe(isFamous);
        expectSame(before, after, graph.now());
      }
      const ordered = (await listen()).of(star).sort((a, b) => a.beginsAt - b.beginsAt);
      ordered.forEach(({ beginsAt, endsAt }, index) => {
        expect(endsAt).toBeGreaterThan(beginsAt);
        expect(ordered[index + 1]?.beginsAt ?? Infinity).toBeGreaterThanOrEqual(endsAt);
      });
    }),
    { numRuns: 15 },
  );
}, 60_000);

/** Until the notice has passed, whoever knew `before` judges every moment as whoever knows `after`. */
function expectSame(before: readonly FameInterval[], after: readonly FameInterval[], nowMs: number): void {
  const boundaries = [...before, ...after].flatMap(({ beginsAt, endsAt }) => [beginsAt, endsAt]);
  const moments = boundaries.flatMap((at) => [at - 1, at]).filter((at) => at < nowMs + NOTICE - 3_000);
  const famousAt = (intervals: readonly FameInterval[], at: number) =>
    intervals.some(({ beginsAt, endsAt }) => beginsAt <= at && at < endsAt);
  for (const at of moments) expect(famousAt(after, at)).toBe(famousAt(before, at));
}

async function follow(fan: Id, star: Id): Promise<void> {
  expect(await followUser(graph, callOf(fan), star)).not.toHaveProperty('errors');
}

async function unfollow(fan: Id, star: Id): Promise<void> {
  expect(await unfollowUser(graph, callOf(fan), star)).not.toHaveProperty('errors');
}
