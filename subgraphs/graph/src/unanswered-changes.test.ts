import type { Id } from '@starling/domain/ids.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceptFollowRequest } from './answer-follow-request.ts';
import { blockUser, unblockUser } from './block-user.ts';
import { followHashtag, unfollowHashtag } from './follow-hashtag.ts';
import { followUser } from './follow-user.ts';
import { importFollows } from './import-follows.ts';
import { muteUser, unmuteUser } from './mute-user.ts';
import { readImage } from './read-image.ts';
import { readImage as readStoredImage } from './store/relations.ts';
import { callOf, openTestGraph, type TestGraph } from './testing/test-graph.ts';
import { unfollowUser } from './unfollow-user.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.close());

type Change = (deps: TestGraph, a: Id, b: Id) => Promise<unknown>;

/** As a process that dies between the commit and the answer, with a cache that loses what was announced before the commit. */
function dying(): TestGraph {
  return {
    ...graph,
    images: { ...graph.images, invalidate: async () => {} },
    people: { ...graph.people, forget: async () => {} },
  };
}

const follow: Change = (deps, a, b) => followUser(deps, callOf(a), b);
const block: Change = (deps, a, b) => blockUser(deps, callOf(a), b);
const mute: Change = (deps, a, b) => muteUser(deps, callOf(a), b);
const tag: Change = (deps, a) => followHashtag(deps, callOf(a), 'tea');
const nothing: Change = async () => undefined;

const CHANGES: [string, Change, Change][] = [
  ['follow', nothing, follow],
  ['unfollow', follow, (deps, a, b) => unfollowUser(deps, callOf(a), b)],
  ['block', follow, block],
  ['unblock', block, (deps, a, b) => unblockUser(deps, callOf(a), b)],
  ['mute', nothing, mute],
  ['unmute', mute, (deps, a, b) => unmuteUser(deps, callOf(a), b)],
  ['follow of a hashtag', nothing, tag],
  ['unfollow of a hashtag', tag, (deps, a) => unfollowHashtag(deps, callOf(a), 'tea')],
  [
    'import',
    nothing,
    (deps, a, b) => importFollows(deps, [{ followerId: a, followeeId: b, atMs: Date.UTC(2025, 0, 1) }]),
  ],
];

async function read(a: Id, b: Id) {
  const counts = await graph.people.readCounts([a, b]);
  return {
    counts: [a, b].map((id) => counts.get(id) ?? { followerCount: 0, followingCount: 0 }),
    follows: [...(await graph.people.readFollowersAmong(b, [a]))],
    images: [(await readImage(graph, a)).value, (await readImage(graph, b)).value],
  };
}

test.each(CHANGES)('a repeated %s of which nobody heard shows at the next read', async (what, before, change) => {
  const [a, b] = newPair(CHANGES.findIndex(([name]) => name === what));
  await before(graph, a, b);
  await read(a, b);
  await change(dying(), a, b);
  await read(a, b);
  await change(graph, a, b);
  await expectTruth(a, b);
});

test('a repeated acceptance of which nobody heard shows at the next read', async () => {
  const [a, b] = newPair(100);
  graph.addPerson(201, { isPrivate: true });
  await follow(graph, a, b);
  await read(a, b);
  await acceptFollowRequest(dying(), callOf(b), a);
  await read(a, b);
  await acceptFollowRequest(graph, callOf(b), a);
  expect(await read(a, b)).toMatchObject({ follows: [a] });
  await expectTruth(a, b);
});

function newPair(index: number): [Id, Id] {
  return [graph.addPerson(2 * index), graph.addPerson(2 * index + 1)];
}

async function expectTruth(a: Id, b: Id): Promise<void> {
  const cached = await read(a, b);
  await graph.cache.clear();
  expect(cached).toEqual(await read(a, b));
  expect(cached.images).toEqual([
    (await readStoredImage(graph.pool, a)).value,
    (await readStoredImage(graph.pool, b)).value,
  ]);
}
