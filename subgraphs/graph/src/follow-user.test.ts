import { afterAll, beforeAll, expect, test } from 'vitest';
import { followUser } from './follow-user.ts';
import { blockUser } from './block-user.ts';
import {
  callOf,
  describeEvents,
  openTestGraph,
  personId,
  readEdges,
  readEvents,
  readPeople,
  type TestGraph,
} from './testing/test-graph.ts';
import { unfollowUser } from './unfollow-user.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph({ followLimit: 3 });
});
afterAll(() => graph.close());

const codeOf = (result: Awaited<ReturnType<typeof followUser>>) =>
  'errors' in result ? result.errors.map(({ code }) => code).join() : 'ok';

test('a follow is one row, two counters, one revision and one event, and repeating it is nothing', async () => {
  const [ann, ben] = [graph.addPerson(1), graph.addPerson(2)];
  expect(await followUser(graph, callOf(ann), ben)).toEqual({ userId: ben });
  expect(await followUser(graph, callOf(ann), ben)).toEqual({ userId: ben });
  const people = await readPeople(graph);
  expect(people.get(ann)).toMatchObject({ followers: 0, following: 1, revision: 1, followsRevision: 1 });
  expect(people.get(ben)).toMatchObject({ followers: 1, following: 0, revision: 0, followsRevision: 0 });
  const events = await readEvents(graph);
  expect(events).toMatchObject([
    { type: 'user.followed', actorId: ann, targetId: ben, revision: 1, targetRevision: null, version: 1 },
  ]);
});

test('an ended follow keeps its interval and raises the revision, but not that of added follows', async () => {
  const [cat, dan] = [graph.addPerson(3), graph.addPerson(4)];
  await followUser(graph, callOf(cat), dan);
  await unfollowUser(graph, callOf(cat), dan);
  await unfollowUser(graph, callOf(cat), dan);
  await followUser(graph, callOf(cat), dan);
  const { rows } = await graph.pool.query<{ since: Date; until: Date }>(
    'SELECT since, until FROM past_follow WHERE follower_id = $1',
    [cat],
  );
  expect(rows.map(({ since, until }) => until.getTime() > since.getTime())).toEqual([true]);
  expect((await readPeople(graph)).get(cat)).toMatchObject({ following: 1, revision: 3, followsRevision: 3 });
  await unfollowUser(graph, callOf(cat), dan);
  expect((await readPeople(graph)).get(cat)).toMatchObject({ following: 0, revision: 4, followsRevision: 3 });
});

test('following a private account asks, once, and unfollowing takes the request back', async () => {
  const [eve, fay] = [graph.addPerson(5), graph.addPerson(6, { isPrivate: true })];
  await followUser(graph, callOf(eve), fay);
  await followUser(graph, callOf(eve), fay);
  expect((await readEdges(graph)).follow_request).toEqual([`${eve}>${fay}`]);
  await unfollowUser(graph, callOf(eve), fay);
  expect((await readEdges(graph)).follow_request).toEqual([]);
  expect((await readPeople(graph)).get(eve)).toMatchObject({ following: 0, revision: 0 });
  expect(describeEvents(await readEvents(graph)).filter((event) => event.includes(eve))).toEqual([]);
});

test('a request that waits at an account that has turned public becomes a follow with the next follow', async () => {
  const [gus, hal] = [graph.addPerson(7), graph.addPerson(8, { isPrivate: true })];
  await followUser(graph, callOf(gus), hal);
  graph.addPerson(8, { isPrivate: false });
  expect((await readEdges(graph)).follow_request).toEqual([`${gus}>${hal}`]);
  await followUser(graph, callOf(gus), hal);
  const edges = await readEdges(graph);
  expect(edges.follow_request).toEqual([]);
  expect(edges.follow).toContain(`${gus}>${hal}`);
});

test('each bad target has its code and changes nothing', async () => {
  const ivy = graph.addPerson(9);
  const blocker = graph.addPerson(10);
  const blocked = graph.addPerson(11);
  await blockUser(graph, callOf(blocker), ivy);
  await blockUser(graph, callOf(ivy), blocked);
  const before = [await readEdges(graph), await readEvents(graph)];
  const targets: [string, string][] = [
    [ivy, 'SELF'],
    [blocker, 'BLOCKED'],
    [blocked, 'BLOCKED'],
    [personId(999), 'NOT_FOUND'],
    [graph.addPerson(12, { state: 'deactivated' }), 'UNAVAILABLE'],
    [graph.addPerson(13, { state: 'suspended' }), 'UNAVAILABLE'],
    [graph.addPerson(14, { state: 'erased' }), 'UNAVAILABLE'],
    ...['', '0', '12', `-${ivy}`, ` ${ivy}`, `${ivy}0`, '9999999999999999999', 'abc', '\u0000', '\ud800'].map(
      (id): [string, string] => [id, 'MALFORMED'],
    ),
  ];
  for (const [target, code] of targets) {
    expect([target, codeOf(await followUser(graph, callOf(ivy), target))]).toEqual([target, code]);
  }
  expect([await readEdges(graph), await readEvents(graph)]).toEqual(before);
});

test('an account that is not active changes nothing', async () => {
  const [jon, kim] = [graph.addPerson(15, { state: 'suspended' }), graph.addPerson(16)];
  expect(await followUser(graph, callOf(jon), kim)).toMatchObject({
    errors: [{ code: 'ACCOUNT_NOT_ACTIVE', field: null }],
  });
  expect(codeOf(await unfollowUser(graph, callOf(jon), kim))).toBe('ACCOUNT_NOT_ACTIVE');
});

test('the limit of followees holds when more follows than it run at once', async () => {
  const lea = graph.addPerson(20);
  const targets = Array.from({ length: 8 }, (_, index) => graph.addPerson(21 + index));
  const results = await Promise.all(targets.map((target) => followUser(graph, callOf(lea), target)));
  expect(results.map(codeOf).sort()).toEqual([...Array<string>(5).fill('LIMIT_REACHED'), 'ok', 'ok', 'ok']);
  expect((await readPeople(graph)).get(lea)).toMatchObject({ following: 3, revision: 3 });
  const first = targets[results.findIndex((result) => codeOf(result) === 'ok')] ?? '';
  await unfollowUser(graph, callOf(lea), first);
  expect(codeOf(await followUser(graph, callOf(lea), first))).toBe('ok');
});
