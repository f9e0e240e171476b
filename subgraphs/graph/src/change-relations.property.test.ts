import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Id } from '@starling/domain/ids.ts';
import type { RelationEvent } from '@starling/schema/events/relation-v1.ts';
import { acceptFollowRequest, cancelFollowRequest, declineFollowRequest } from './answer-follow-request.ts';
import { blockUser, unblockUser } from './block-user.ts';
import type { PairResult } from './change-pair.ts';
import { followHashtag, unfollowHashtag, type HashtagResult } from './follow-hashtag.ts';
import { followUser } from './follow-user.ts';
import { muteUser, unmuteUser } from './mute-user.ts';
import { readImage } from './read-image.ts';
import { readImage as readStoredImage } from './store/relations.ts';
import {
  ACTIONS,
  applyHashtagToModel,
  applyToModel,
  createModel,
  HASHTAG_ACTIONS,
  type Action,
  type GraphModel,
  type HashtagAction,
  type Rules,
} from './testing/graph-model.ts';
import {
  callOf,
  openTestGraph,
  readEdges,
  readEvents,
  readHashtags,
  readPeople,
  type TestGraph,
} from './testing/test-graph.ts';
import { unfollowUser } from './unfollow-user.ts';

const MUTATIONS = {
  follow: followUser,
  unfollow: unfollowUser,
  block: blockUser,
  unblock: unblockUser,
  mute: muteUser,
  unmute: unmuteUser,
  accept: acceptFollowRequest,
  decline: declineFollowRequest,
  cancel: cancelFollowRequest,
} as const satisfies Record<Action, unknown>;

const HASHTAG_MUTATIONS = { followHashtag, unfollowHashtag } as const satisfies Record<HashtagAction, unknown>;
const TAGS = ['tea', 'cake', 'jam'];

const PEOPLE = 4;
const PRIVATE = new Set([0, 1]);
const LIMIT = 2;

let graph: TestGraph;
let runs = 0;
beforeAll(async () => {
  graph = await openTestGraph({ followLimit: LIMIT, hashtagLimit: LIMIT });
});
afterAll(() => graph.close());

const person = fc.integer({ min: 0, max: PEOPLE - 1 });
const step = fc.tuple(fc.constantFrom(...ACTIONS, ...HASHTAG_ACTIONS), person, person);
const seeds = fc.array(step, { minLength: 1, maxLength: 40 });

/** New people for each run, so that runs share a database and stay apart. */
function newPeople(): { ids: Id[]; rules: Rules } {
  const first = ++runs * 100;
  const ids = Array.from({ length: PEOPLE }, (_, index) =>
    graph.addPerson(first + index, { isPrivate: PRIVATE.has(index) }),
  );
  const isPrivate = (id: Id) => PRIVATE.has(ids.indexOf(id));
  return { ids, rules: { isPrivate, followLimit: LIMIT, hashtagLimit: LIMIT } };
}

const codeOf = (result: PairResult | HashtagResult) => ('errors' in result ? result.errors[0]?.code : 'ok');

test(
  'any sequence of mutations leaves what the model says: edges, intervals, counters, revisions, events and images',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (steps) => {
        const { ids, rules } = newPeople();
        const model = createModel();
        for (const [action, a, b] of steps) {
          const actor = ids[a] ?? '';
          const expected = expectedOf(model, rules, [action, actor, b], ids);
          expect(codeOf(await mutate(action, actor, { target: ids[b] ?? '', tag: tagAt(b) }))).toBe(expected);
          await expectFreshImage(model, actor);
          await expectFreshPeople(model.follow, ids);
        }
        await expectAgreement(model, ids);
      }),
      { numRuns: 40 },
    );
  },
);

test(
  'mutations that run at once leave counters, revisions and images true to the edges, without a deadlock',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (steps) => {
        const { ids } = newPeople();
        await Promise.all(
          steps.map(async ([action, a, b]) => {
            const actor = ids[a] ?? '';
            await mutate(action, actor, { target: ids[b] ?? '', tag: tagAt(b) });
            await Promise.all([graph.people.readCounts(ids), graph.people.readFollowersAmong(actor, ids)]);
          }),
        );
        const edges = await readEdges(graph);
        const ours = (list: string[]) => new Set(list.filter((pair) => ids.some((id) => pair.startsWith(id))));
        const follow = ours(edges.follow);
        const block = ours(edges.block);
        for (const pair of [...block, ...ours(edges.follow_request)]) {
          expect(follow.has(pair)).toBe(false);
          if (block.has(pair)) expect(follow.has(pair.split('>').reverse().join('>'))).toBe(false);
        }
        await expectAgreement(
          {
            ...{ follow, block, follow_request: ours(edges.follow_request), mute: ours(edges.mute), past: [] },
            ...{ hashtag_follow: ours(await readHashtags(graph)), pastHashtags: [] },
          },
          ids,
          {
            past: false,
          },
        );
      }),
      { numRuns: 15 },
    );
    const { rows } = await graph.pool.query<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(rows[0]?.deadlocks).toBe('0');
  },
);

function mutate(
  action: Action | HashtagAction,
  actor: Id,
  { target, tag }: { target: Id; tag: string },
): Promise<PairResult | HashtagResult> {
  if (isOnHashtag(action)) return HASHTAG_MUTATIONS[action](graph, callOf(actor), tag);
  return MUTATIONS[action](graph, callOf(actor), target);
}

function expectedOf(
  model: GraphModel,
  rules: Rules,
  [action, actor, b]: [Action | HashtagAction, Id, number],
  ids: readonly Id[],
): string {
  if (isOnHashtag(action)) return applyHashtagToModel(model, rules, { action, actor, tag: tagAt(b) });
  return applyToModel(model, rules, { action, actor, target: ids[b] ?? '' });
}

function isOnHashtag(action: Action | HashtagAction): action is HashtagAction {
  return action in HASHTAG_MUTATIONS;
}

function tagAt(index: number): string {
  return TAGS[index % TAGS.length] ?? '';
}

async function expectFreshImage(model: GraphModel, userId: Id): Promise<void> {
  const { value } = await readImage(graph, userId);
  const targets = (pairs: Set<string>) =>
    [...pairs]
      .filter((pair) => pair.startsWith(`${userId}>`))
      .map((pair) => pair.slice(20))
      .sort();
  expect([value.following, value.blocking, value.muting]).toEqual([
    targets(model.follow),
    targets(model.block),
    targets(model.mute),
  ]);
  expect(value.hashtags).toEqual(tagsOf(model, userId));
  const blockers = [...model.block].filter((pair) => pair.endsWith(`>${userId}`)).map((pair) => pair.slice(0, 19));
  expect(value.blockedBy).toEqual(blockers.sort());
}

function tagsOf(model: GraphModel, userId: Id): string[] {
  return [...model.hashtag_follow]
    .filter((pair) => pair.startsWith(`${userId}#`))
    .map((pair) => pair.slice(20))
    .sort();
}

/** Through the cache, which holds all of it from the last time. */
async function expectFreshPeople(follow: Set<string>, ids: Id[]): Promise<void> {
  const counts = await graph.people.readCounts(ids);
  for (const id of ids) {
    const followers = ids.filter((other) => follow.has(`${other}>${id}`));
    expect(await graph.people.readFollowersAmong(id, ids)).toEqual(new Set(followers));
    expect(counts.get(id) ?? { followerCount: 0, followingCount: 0 }).toEqual({
      followerCount: followers.length,
      followingCount: ids.filter((other) => follow.has(`${id}>${other}`)).length,
    });
  }
}

async function expectAgreement(model: GraphModel, ids: Id[], { past = true } = {}): Promise<void> {
  const edges = await readEdges(graph);
  for (const kind of ['follow', 'follow_request', 'block', 'mute'] as const) {
    expect(edges[kind].filter((pair) => ids.some((id) => pair.startsWith(id)))).toEqual([...model[kind]].sort());
  }
  const ours = (pairs: string[]) => pairs.filter((pair) => ids.some((id) => pair.startsWith(id)));
  expect(ours(await readHashtags(graph))).toEqual([...model.hashtag_follow].sort());
  if (past) {
    expect(await readPast(ids)).toEqual(model.past.toSorted());
    expect(ours(await readHashtags(graph, 'past_hashtag_follow'))).toEqual(model.pastHashtags.toSorted());
  }
  const people = await readPeople(graph);
  const events = (await readEvents(graph)).filter((event) => ids.includes(event.actorId));
  for (const id of ids) {
    const row = people.get(id) ?? { followers: 0, following: 0, revision: 0, followsRevision: 0, erased: false };
    expect(row.followers).toBe([...model.follow].filter((pair) => pair.endsWith(`>${id}`)).length);
    expect(row.following).toBe([...model.follow].filter((pair) => pair.startsWith(`${id}>`)).length);
    // Every revision is told by one event, in order: as its actor's or as its target's.
    expect(revisionsOf(id, events)).toEqual(Array.from({ length: row.revision }, (_, index) => index + 1));
    const added = events.findLast((event) => event.type === 'user.followed' && event.actorId === id);
    expect(row.followsRevision).toBe(added?.revision ?? 0);
    expect((await readImage(graph, id)).value).toEqual((await readStoredImage(graph.pool, id)).value);
  }
  expect(edgesOf(events)).toEqual(new Set([...model.follow, ...model.hashtag_follow]));
  await expectFreshPeople(model.follow, ids);
}

function revisionsOf(id: Id, events: RelationEvent[]): number[] {
  return events.flatMap((event) => {
    if (event.actorId === id) return [event.revision];
    const isTarget = 'targetId' in event && event.targetId === id;
    return isTarget && event.targetRevision !== null ? [event.targetRevision] : [];
  });
}

/** The follows of people and hashtags that a reader of the events knows. */
function edgesOf(events: RelationEvent[]): Set<string> {
  const follows = new Set<string>();
  for (const event of events) {
    if (event.type === 'user.followed') follows.add(`${event.actorId}>${event.targetId}`);
    if (event.type === 'user.unfollowed') follows.delete(`${event.actorId}>${event.targetId}`);
    if (event.type === 'hashtag.followed') follows.add(`${event.actorId}#${event.tag}`);
    if (event.type === 'hashtag.unfollowed') follows.delete(`${event.actorId}#${event.tag}`);
  }
  return follows;
}

async function readPast(ids: Id[]): Promise<string[]> {
  const { rows } = await graph.pool.query<{ pair: string }>(
    `SELECT follower_id || '>' || followee_id AS pair FROM past_follow WHERE follower_id = ANY($1) AND until > since`,
    [ids],
  );
  return rows.map((row) => row.pair).sort();
}
