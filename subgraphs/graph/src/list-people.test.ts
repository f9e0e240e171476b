import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Id } from '@starling/domain/ids.ts';
import { blockUser } from './block-user.ts';
import { followUser } from './follow-user.ts';
import { importFollows } from './import-follows.ts';
import { callOf, type TestGraph } from './testing/test-graph.ts';
import { openTestSubgraph, references, type TestSubgraph } from './testing/test-subgraph.ts';

let graph: TestGraph;
let run: TestSubgraph['run'];
let walk: TestSubgraph['walk'];
let close: TestSubgraph['close'];
beforeAll(async () => {
  ({ graph, run, walk, close } = await openTestSubgraph({ scanBudget: 30 }));
});
afterAll(() => close());

test('lists run latest first without a gap or a repetition at the seams, also where moments are equal', async () => {
  const owner = graph.addPerson(100);
  const followers = Array.from({ length: 45 }, (_, index) => graph.addPerson(101 + index));
  const follows = followers.map((followerId, index) => ({
    followerId,
    followeeId: owner,
    atMs: 1_000 * Math.floor(index / 4),
  }));
  await importFollows(graph, follows);
  expect((await walk(null, owner, 'followers', 7)).ids).toEqual(followers.toReversed());
  await importFollows(
    graph,
    followers.map((followeeId) => ({ followerId: owner, followeeId, atMs: 5_000 })),
  );
  expect((await walk(null, owner, 'following', 10)).ids).toEqual(followers.toReversed());
});

test('people who are hidden from the viewer drop from lists, whose pages are filled within the scan budget', async () => {
  const [viewer, owner] = [graph.addPerson(200), graph.addPerson(201)];
  const followers = Array.from({ length: 80 }, (_, index) =>
    graph.addPerson(210 + index, { state: index >= 5 && index < 70 ? 'deactivated' : 'active' }),
  );
  await importFollows(
    graph,
    followers.map((followerId, index) => ({ followerId, followeeId: owner, atMs: 1_000 * index })),
  );
  await blockUser(graph, callOf(followers[79] ?? ''), viewer);
  await blockUser(graph, callOf(viewer), followers[78] ?? '');
  graph.addPerson(210 + 77, { state: 'erased' });
  const visible = followers.filter((_, index) => index < 5 || (index >= 70 && index < 77)).toReversed();
  const { ids, pages } = await walk(viewer, owner, 'followers', 10);
  expect(ids).toEqual(visible);
  expect(pages).toBeGreaterThan(2);
});

test('the lists of a private, blocking or blocked person are closed, and open to followers and the owner', async () => {
  const [viewer, owner, other] = [graph.addPerson(300), graph.addPerson(301), graph.addPerson(302)];
  await followUser(graph, callOf(other), owner);
  const read = async (viewerId: Id | null) => {
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on User {
      followers(first: 5) { edges { node { id } } } following(first: 5) { edges { node { id } } } followerCount } } }`;
    const { data } = await run(viewerId, query, references([owner]));
    const [person] = (
      data as unknown as { _entities: { followers: unknown; following: unknown; followerCount: number }[] }
    )._entities;
    expect(person?.followerCount).toBe(1);
    expect(person?.followers === null).toBe(person?.following === null);
    return person?.followers === null ? 'closed' : 'open';
  };
  expect(await read(viewer)).toBe('open');
  expect(await read(null)).toBe('open');
  graph.addPerson(301, { isPrivate: true });
  expect([await read(viewer), await read(null), await read(owner), await read(other)]).toEqual([
    'closed',
    'closed',
    'open',
    'open',
  ]);
  graph.addPerson(301, { state: 'suspended' });
  expect([await read(viewer), await read(null)]).toEqual(['closed', 'closed']);
  graph.addPerson(301);
  await blockUser(graph, callOf(viewer), owner);
  expect([await read(viewer), await read(other)]).toEqual(['closed', 'open']);
});

test('the viewer lists requests, blocked and muted people, latest first', async () => {
  const viewer = graph.addPerson(400, { isPrivate: true });
  const [ann, ben, cat] = [graph.addPerson(401), graph.addPerson(402), graph.addPerson(403)];
  for (const asker of [ann, ben, cat]) await followUser(graph, callOf(asker), viewer);
  const pages = async (field: string) => {
    const one = await run(
      viewer,
      `{ ${field}(first: 1) { edges { node { id } } pageInfo { endCursor hasNextPage } } }`,
    );
    const page = (
      one.data as unknown as Record<string, { edges: { node: { id: Id } }[]; pageInfo: { endCursor: string } }>
    )[field];
    const two = await run(
      viewer,
      `query ($after: String) { ${field}(first: 5, after: $after) { edges { node { id } } } }`,
      {
        after: page?.pageInfo.endCursor,
      },
    );
    const rest = (two.data as unknown as Record<string, { edges: { node: { id: Id } }[] }>)[field];
    return [...(page?.edges ?? []), ...(rest?.edges ?? [])].map((edge) => edge.node.id);
  };
  expect(await pages('followRequests')).toEqual([cat, ben, ann]);
  for (const target of [ann, ben]) {
    await run(viewer, 'mutation ($id: ID!) { block(input: { userId: $id }) { userErrors { code } } }', { id: target });
    await run(viewer, 'mutation ($id: ID!) { mute(input: { userId: $id }) { userErrors { code } } }', { id: target });
  }
  await blockUser(graph, callOf(ann), viewer);
  expect(await pages('followRequests')).toEqual([cat]);
  expect(await pages('blockedUsers')).toEqual([ben, ann]);
});
