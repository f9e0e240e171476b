import { beforeEach, expect, test, vi } from 'vitest';
import { openTestTimeline, type TestTimeline } from '../testing/test-timeline.ts';
import { createWorld, type Person, type World } from '../testing/world.ts';

const PROFILES = `query ($people: [_Any!]!, $after: String, $replies: Boolean! = false) {
  _entities(representations: $people) { ... on User {
    tweets(first: 1, after: $after, includeReplies: $replies) { pageInfo { endCursor } } } } }`;
const RANKED = `query { homeTimeline(first: 9, order: RANKED) { edges { node { id } rank { score affinity weight decay } } } }`;

let world: World;
let timeline: TestTimeline;
let viewer: Person;
let author: Person;
let friend: Person;
let last: Person;

beforeEach(async () => {
  world = createWorld(5);
  [viewer, author, friend, last] = world.people as [Person, Person, Person, Person];
  timeline = await openTestTimeline(world, { affinityForMs: 1, profileOpensEveryMs: 1, auditEveryMs: 0 });
  return () => timeline.close();
});

async function open(by: Person | null, people: Person[], variables: { after?: string; replies?: boolean } = {}) {
  const representations = people.map(({ id }) => ({ __typename: 'User', id }));
  const { data, errors } = await timeline.ask(by, PROFILES, { people: representations, ...variables });
  expect(errors).toBeUndefined();
  return data._entities[0].tweets;
}

/** Whose profiles the viewer is known to have opened, once one that comes after all others is. */
async function whatIsKnown(): Promise<string[]> {
  await open(viewer, [last]);
  await vi.waitFor(() => expect(world.opens.map(({ userId }) => userId)).toContain(last.id));
  return world.opens.map(({ viewerId, userId }) => `${viewerId}>${userId}`);
}
const pair = (by: Person, of: Person) => `${by.id}>${of.id}`;

test('whoever reads the first page of somebody’s profile opens it, with or without replies, again and again once', async () => {
  world.post(author);
  await open(viewer, [author]);
  await open(viewer, [author], { replies: true });
  await open(friend, [author]);
  expect(await whatIsKnown()).toEqual([pair(viewer, author), pair(friend, author), pair(viewer, last)]);
});

test('nobody opens a profile by going on in it, by listing several, as nobody, of oneself, or where it is hidden', async () => {
  const after = (world.post(author), world.post(author), (await open(null, [author]))?.pageInfo.endCursor);
  await open(viewer, [author], { after: after! });
  await open(viewer, [author, friend]);
  await open(viewer, [viewer]);
  world.block(author, viewer);
  expect(await open(viewer, [author])).toBeNull();
  friend.isPrivate = true;
  expect(await open(viewer, [friend])).toBeNull();
  expect(await whatIsKnown()).toEqual([pair(viewer, last)]);
});

test('what is opened brings the person’s tweets near, by a score that can be recomputed, and a page goes on as it began', async () => {
  for (const followee of [author, friend]) world.follow(viewer, followee);
  const [older, newer] = [world.post(author), world.post(friend)];
  const read = async () => (await timeline.ask(viewer, RANKED, {})).data.homeTimeline.edges as unknown as Edge[];
  expect((await read()).map(({ node }) => node.id)).toEqual([newer.id, older.id]);
  await open(viewer, [author]);
  await whatIsKnown();
  world.advance(1);
  const edges = await read();
  expect(edges.map(({ node }) => node.id)).toEqual([older.id, newer.id]);
  expect(edges[0]!.rank.affinity).toBeGreaterThan(1);
  expect(edges[1]!.rank.affinity).toBe(1);
  for (const { rank } of edges) expect(rank.affinity * rank.weight * rank.decay).toBe(rank.score);
});

type Edge = { node: { id: string }; rank: Record<'score' | 'affinity' | 'weight' | 'decay', number> };

test('a profile is shown at once, and all the same, while graph cannot be told', async () => {
  world.post(author);
  const { noteProfileOpens } = world.services.graph;
  const told = vi.spyOn(world.services.graph, 'noteProfileOpens').mockRejectedValue(new Error('away'));
  expect(await open(viewer, [author])).not.toBeNull();
  await vi.waitFor(() => expect(told).toHaveBeenCalled());
  told.mockImplementation(noteProfileOpens);
  expect(await whatIsKnown()).toEqual([pair(viewer, last)]);
});

test('what waits is written when the subgraph closes', async () => {
  const slow = await openTestTimeline(world, { profileOpensEveryMs: 3_600_000, auditEveryMs: 0 });
  await slow.ask(viewer, PROFILES, { people: [{ __typename: 'User', id: author.id }] });
  expect(world.opens).toEqual([]);
  await slow.close();
  expect(world.opens.map(({ userId }) => userId)).toEqual([author.id]);
});
