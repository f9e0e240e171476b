import { afterAll, beforeAll, expect, test } from 'vitest';
import { statementsOf } from '@starling/kit/testing/sql-statements.ts';
import { followUser } from './follow-user.ts';
import { callOf, personId, type TestGraph } from './testing/test-graph.ts';
import { openTestSubgraph, references, type TestSubgraph } from './testing/test-subgraph.ts';

let graph: TestGraph;
let run: TestSubgraph['run'];
let close: TestSubgraph['close'];
beforeAll(async () => {
  ({ graph, run, close } = await openTestSubgraph({ scanBudget: 30 }));
});
afterAll(() => close());

const PEOPLE = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on User {
  id followerCount followingCount viewerFollows followsViewer viewerRequestedFollow viewerBlocks blocksViewer viewerMutes } } }`;

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
  for (const after of [
    forged(Date.UTC(10_000, 0, 1), 'one'),
    forged(1.5, 'one'),
    forged(5, 7),
    forged(5, 'a\u0000'),
    forged(5),
    forged(5, 'one', 1),
  ])
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
    forged(Date.UTC(10_000, 0, 1), target),
    forged(-1, target),
    forged(1.5, target),
    forged(5, '7'),
    forged(5),
    forged(5, target, 1),
  ]) {
    expect((await run(viewer, list, { ...references([target]), first: 1, after })).codes).toEqual(['BAD_CURSOR']);
  }
  const latest = forged(Date.UTC(10_000, 0, 1) - 1, target);
  expect((await run(viewer, list, { ...references([target]), first: 1, after: latest })).codes).toEqual([]);
  expect((await run(null, '{ blockedUsers(first: 1) { edges { cursor } } }')).codes).toEqual(['UNAUTHENTICATED']);
  expect(
    (await run(null, 'mutation ($id: ID!) { follow(input: { userId: $id }) { userErrors { code } } }', { id: target }))
      .codes,
  ).toEqual(['UNAUTHENTICATED']);
  expect((await run(viewer, PEOPLE, references(['nonsense', personId(1)]))).data).toMatchObject({
    _entities: [null, { id: personId(1) }],
  });
});
