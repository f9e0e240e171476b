import { afterAll, beforeAll, expect, test } from 'vitest';
import { blockUser, unblockUser } from './block-user.ts';
import { followUser } from './follow-user.ts';
import { callOf, openTestGraph, readEdges, readEvents, readPeople, type TestGraph } from './testing/test-graph.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.close());

test('a block ends follows and requests both ways, each told by its own revision', async () => {
  const [ann, ben] = [graph.addPerson(1, { isPrivate: true }), graph.addPerson(2)];
  await followUser(graph, callOf(ann), ben);
  await followUser(graph, callOf(ben), ann);
  graph.addPerson(1);
  await followUser(graph, callOf(ben), ann);
  const eventsBefore = (await readEvents(graph)).length;
  expect(await blockUser(graph, callOf(ann), ben)).toEqual({ userId: ben });
  expect(await blockUser(graph, callOf(ann), ben)).toEqual({ userId: ben });
  expect(await readEdges(graph)).toEqual({ follow: [], follow_request: [], block: [`${ann}>${ben}`], mute: [] });
  const events = (await readEvents(graph)).slice(eventsBefore);
  expect(events.filter((event) => event.type === 'user.unfollowed')).toHaveLength(2);
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'user.unfollowed', actorId: ann, targetId: ben, revision: 2 }),
  );
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'user.unfollowed', actorId: ben, targetId: ann, revision: 2 }),
  );
  expect(events.at(-1)).toMatchObject({
    type: 'user.blocked',
    actorId: ann,
    targetId: ben,
    revision: 3,
    targetRevision: 3,
  });
  const people = await readPeople(graph);
  expect([people.get(ann), people.get(ben)]).toMatchObject([
    { followers: 0, following: 0, revision: 3 },
    { followers: 0, following: 0, revision: 3 },
  ]);
  const { rows } = await graph.pool.query('SELECT follower_id FROM past_follow');
  expect(rows).toHaveLength(2);
});

test('blocks of both stand side by side, and ending one leaves the other', async () => {
  const [cat, dan] = [graph.addPerson(3), graph.addPerson(4)];
  await Promise.all([blockUser(graph, callOf(cat), dan), blockUser(graph, callOf(dan), cat)]);
  await unblockUser(graph, callOf(cat), dan);
  await unblockUser(graph, callOf(cat), dan);
  expect((await readEdges(graph)).block).toContain(`${dan}>${cat}`);
  expect((await readEdges(graph)).block).not.toContain(`${cat}>${dan}`);
  expect(await followUser(graph, callOf(cat), dan)).toMatchObject({ errors: [{ code: 'BLOCKED' }] });
});
