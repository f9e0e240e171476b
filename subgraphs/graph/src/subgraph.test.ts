import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Id } from '@starling/domain/ids.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';
import { statementsOf } from '@starling/kit/testing/sql-statements.ts';
import { PrismaClient } from '@starling/prisma/graph/generated/client.ts';
import { blockUser } from './block-user.ts';
import { followUser } from './follow-user.ts';
import { importFollows } from './import-follows.ts';
import { createGraphSubgraph } from './subgraph.ts';
import { callOf, openTestGraph, personId, type TestGraph } from './testing/test-graph.ts';

let graph: TestGraph;
let prisma: PrismaClient;
let subgraph: Subgraph;
beforeAll(async () => {
  graph = await openTestGraph({ scanBudget: 30 });
  prisma = new PrismaClient({ adapter: new PrismaPg(graph.pool) });
  subgraph = createGraphSubgraph({ ...graph, prisma });
});
afterAll(async () => {
  await prisma.$disconnect();
  await graph.close();
});

type Json = Record<string, never>;

async function run(viewerId: Id | null, query: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await executeInSubgraph<Json>(subgraph, { query, variables }, callOf(viewerId), {
    logger: { error: () => {} },
  });
  return {
    data: JSON.parse(JSON.stringify(data ?? null)) as Json,
    codes: (errors ?? []).map((error) => error.extensions?.code),
  };
}

const PEOPLE = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on User {
  id followerCount followingCount viewerFollows followsViewer viewerRequestedFollow viewerBlocks blocksViewer viewerMutes } } }`;

const references = (ids: readonly Id[]) => ({ representations: ids.map((id) => ({ __typename: 'User', id })) });

/** Ids of a list, page by page, and how many pages it took. */
async function walk(
  viewerId: Id | null,
  owner: Id,
  field: string,
  first: number,
): Promise<{ ids: Id[]; pages: number }> {
  const ids: Id[] = [];
  let after: string | null = null;
  for (let pages = 1; ; pages++) {
    const query = `query ($representations: [_Any!]!, $first: Int!, $after: String) { _entities(representations: $representations) {
      ... on User { ${field}(first: $first, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } } }`;
    const { data, codes } = await run(viewerId, query, { ...references([owner]), first, after });
    expect(codes).toEqual([]);
    type List = { edges: { node: { id: Id } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    const list = (data as unknown as { _entities: Record<string, List>[] })._entities[0]?.[field];
    ids.push(...(list?.edges.map((edge) => edge.node.id) ?? []));
    if (!list?.pageInfo.hasNextPage) return { ids, pages };
    after = list.pageInfo.endCursor;
  }
}

test('a batch of people costs one statement each for counters, relations, followers and requests; cached, one for requests', async () => {
  const viewer = graph.addPerson(1);
  const ids = Array.from({ length: 50 }, (_, index) => graph.addPerson(10 + index));
  await followUser(graph, callOf(viewer), ids[0] ?? '');
  await followUser(graph, callOf(ids[1] ?? ''), viewer);
  let answer: Awaited<ReturnType<typeof run>> | undefined;
  expect(await statementsOf(async () => (answer = await run(viewer, PEOPLE, references(ids))))).toHaveLength(4);
  expect(await statementsOf(() => run(viewer, PEOPLE, references(ids)))).toHaveLength(1);
  expect(answer?.codes).toEqual([]);
  const off = {
    viewerFollows: false,
    followsViewer: false,
    viewerRequestedFollow: false,
    viewerBlocks: false,
    blocksViewer: false,
    viewerMutes: false,
  };
  expect(answer?.data).toMatchObject({
    _entities: [
      { id: ids[0], followerCount: 1, followingCount: 0, ...off, viewerFollows: true },
      { id: ids[1], followerCount: 0, followingCount: 1, ...off, followsViewer: true },
      ...ids.slice(2).map((id) => ({ id, followerCount: 0, followingCount: 0, ...off })),
    ],
  });
  expect(await statementsOf(() => run(null, PEOPLE, references(ids)))).toEqual([]);
});

test('without a viewer there is no relation', async () => {
  const { data } = await run(null, PEOPLE, references([graph.addPerson(2)]));
  expect(data).toMatchObject({
    _entities: [{ followerCount: 0, viewerFollows: null, followsViewer: null, blocksViewer: null, viewerMutes: null }],
  });
});

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

test('mutations of one operation each show what they did', async () => {
  const [viewer, target] = [graph.addPerson(500), graph.addPerson(501)];
  const { data, codes } = await run(
    viewer,
    `mutation ($id: ID!) {
      a: follow(input: { userId: $id }) { user { viewerFollows followerCount } userErrors { code } }
      b: unfollow(input: { userId: $id }) { user { viewerFollows followerCount } userErrors { code } }
      c: follow(input: { userId: "nobody" }) { user { id } userErrors { code field message } }
    }`,
    { id: target },
  );
  expect(codes).toEqual([]);
  expect(data).toEqual({
    a: { user: { viewerFollows: true, followerCount: 1 }, userErrors: [] },
    b: { user: { viewerFollows: false, followerCount: 0 }, userErrors: [] },
    c: {
      user: null,
      userErrors: [{ code: 'MALFORMED', field: ['userId'], message: 'This is not the id of a person' }],
    },
  });
});

test('hashtags are followed, unfollowed and listed, latest first, without a gap at the seams', async () => {
  const viewer = graph.addPerson(550);
  const act = async (name: 'followHashtag' | 'unfollowHashtag', tag: string) => {
    const type = name === 'followHashtag' ? 'FollowHashtagInput' : 'UnfollowHashtagInput';
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { hashtag { tag } userErrors { code field } } }`;
    return ((await run(viewer, query, { input: { tag } })).data as unknown as Record<string, unknown>)[name];
  };
  for (const tag of ['#One', 'two', 'Three', 'four', 'five'])
    expect(await act('followHashtag', tag)).toMatchObject({ userErrors: [] });
  expect(await act('unfollowHashtag', 'Two')).toEqual({ hashtag: { tag: 'two' }, userErrors: [] });
  expect(await act('followHashtag', '')).toEqual({ hashtag: null, userErrors: [{ code: 'EMPTY', field: ['tag'] }] });

  const list = `query ($first: Int!, $after: String) { followedHashtags(first: $first, after: $after) {
    edges { node { tag } } pageInfo { hasNextPage endCursor } } }`;
  type Page = { edges: { node: { tag: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  const page = async (first: number, after?: string) =>
    (await run(viewer, list, { first, after })).data as unknown as { followedHashtags: Page };
  const { followedHashtags: newest } = await page(3);
  expect(newest.edges.map(({ node }) => node.tag)).toEqual(['five', 'four', 'three']);
  const { followedHashtags: rest } = await page(3, newest.pageInfo.endCursor);
  expect(rest).toMatchObject({ edges: [{ node: { tag: 'one' } }], pageInfo: { hasNextPage: false } });

  const forged = (...fields: unknown[]) =>
    Buffer.from(JSON.stringify([1, 'hashtags', ...fields])).toString('base64url');
  for (const after of [forged(1.5, 'one'), forged(5, 7), forged(5, 'a\u0000'), forged(5), forged(5, 'one', 1)])
    expect((await run(viewer, list, { first: 1, after })).codes).toEqual(['BAD_CURSOR']);
  expect((await run(null, list, { first: 1 })).codes).toEqual(['UNAUTHENTICATED']);
});

test('bad arguments and missing rights have their codes', async () => {
  const [viewer, target] = [graph.addPerson(600), graph.addPerson(601)];
  const list = `query ($representations: [_Any!]!, $first: Int!, $after: String) { _entities(representations: $representations) {
    ... on User { followers(first: $first, after: $after) { edges { cursor } } } } }`;
  await followUser(graph, callOf(viewer), target);
  for (const first of [0, -1, 101]) {
    expect((await run(viewer, list, { ...references([target]), first })).codes).toEqual(['BAD_USER_INPUT']);
  }
  const own = await run(viewer, '{ mutedUsers(first: 1) { edges { cursor } } }');
  expect(own.codes).toEqual([]);
  for (const after of [
    '',
    'x',
    'bm9uc2Vuc2U',
    Buffer.from(JSON.stringify([1, 'following', 5, target])).toString('base64url'),
  ]) {
    expect((await run(viewer, list, { ...references([target]), first: 1, after })).codes).toEqual(['BAD_CURSOR']);
  }
  const forged = (...fields: unknown[]) =>
    Buffer.from(JSON.stringify([1, 'followers', ...fields])).toString('base64url');
  for (const after of [
    forged(1e300, target),
    forged(8.65e15, target),
    forged(1.5, target),
    forged(5, '7'),
    forged(5),
    forged(5, target, 1),
  ]) {
    expect((await run(viewer, list, { ...references([target]), first: 1, after })).codes).toEqual(['BAD_CURSOR']);
  }
  expect((await run(null, '{ blockedUsers(first: 1) { edges { cursor } } }')).codes).toEqual(['UNAUTHENTICATED']);
  expect(
    (await run(null, 'mutation ($id: ID!) { follow(input: { userId: $id }) { userErrors { code } } }', { id: target }))
      .codes,
  ).toEqual(['UNAUTHENTICATED']);
  expect((await run(viewer, PEOPLE, references(['nonsense', personId(1)]))).data).toMatchObject({
    _entities: [null, { id: personId(1) }],
  });
});
