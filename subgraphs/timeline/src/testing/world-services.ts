import { isFamousAt } from '@starling/domain/fame.ts';
import { heldAt } from '@starling/domain/home-timeline.ts';
import { newestFirst, timeOfId, type Id } from '@starling/domain/ids.ts';
import type {
  FameInterval,
  GetFollowEndsRequest,
  GetFollowingAtRequest,
  RelationImage,
  StreamFameRequest,
  StreamFollowersRequest,
} from '@starling/schema/generated/rpc/graph.ts';
import type {
  EntryFacts,
  FindRetweetsRequest,
  ListByActorsRequest,
  ListByHashtagsRequest,
  ListIdsByActorsRequest,
} from '@starling/schema/generated/rpc/tweets.ts';
import { FAME_NOTICE_MS } from './world-acts.ts';
import { engagementServicesOf, profileOpensOf } from './world-engagement.ts';
import { must, type Person, type StoredEntry, type StoredFame, type WorldState } from './world-state.ts';

/** What the other services would answer now. */
export function servicesOf(world: WorldState) {
  const { people, byId, entries } = world;
  return {
    graph: {
      getRelations: async (_: unknown, { userId }: { userId: Id }) => imageOf(world, must(byId.get(userId))),
      getFollowingAt: async (_: unknown, { userId, atMs }: GetFollowingAtRequest) => {
        const held = must(byId.get(userId)).follows.filter((follow) => heldAt(follow, Number(atMs)));
        const tagged = must(byId.get(userId)).hashtagFollows.filter((follow) => heldAt(follow, Number(atMs)));
        return { ids: [...new Set(held.map(({ followeeId }) => followeeId))], hashtags: tagged.map(({ tag }) => tag) };
      },
      getFollowEnds: async (_: unknown, { userId, otherIds }: GetFollowEndsRequest) => {
        const { follows } = must(byId.get(userId));
        const endsOf = (id: Id) =>
          follows.flatMap(({ followeeId, untilMs }) => (followeeId === id ? (untilMs ?? []) : []));
        const ends = otherIds.map((otherId) => ({ otherId, atMs: endsOf(otherId).at(-1) }));
        return {
          ends: ends.flatMap(({ otherId, atMs }) => (atMs === undefined ? [] : { otherId, atMs: BigInt(atMs) })),
        };
      },
      async *streamFame(_: unknown, { sinceMs }: StreamFameRequest) {
        const news = world.fame.filter(({ announcedAt }) => announcedAt >= Number(sinceMs));
        const nextSinceMs = BigInt(Math.max(0, world.clock - FAME_NOTICE_MS));
        yield { intervals: news.map(fameOf), nextSinceMs, freshForMs: FAME_NOTICE_MS / 2, resumeSinceMs: 0n };
      },
      async *streamFollowers(_: unknown, { userId, pageSize, afterId, famousAtMs }: StreamFollowersRequest) {
        const at = Number(famousAtMs);
        const isFamous = (id: Id) =>
          isFamousAt(
            world.fame.filter((fame) => fame.userId === id),
            at,
          );
        const followers = people
          .filter(({ id, following }) => following.has(userId) && id > afterId)
          .filter(({ id }) => at === 0 || isFamous(id));
        const ids = followers.map(({ id }) => id).sort();
        for (let start = 0; start < ids.length; start += pageSize) yield { ids: ids.slice(start, start + pageSize) };
      },
      ...profileOpensOf(world),
    },
    tweets: {
      getEntries: async (_: unknown, { ids }: { ids: Id[] }) => {
        const found = ids.flatMap((id) => entries.get(id) ?? []);
        return { entries: found.filter(({ undoneAtMs }) => undoneAtMs === null).map(factsOf) };
      },
      findRetweets: async (_: unknown, { tweetId, userIds }: FindRetweetsRequest) => {
        const all = [...entries.values()].filter(({ id, undoneAtMs }) => id !== tweetId && undoneAtMs === null);
        const found = all.filter((entry) => entry.tweetId === tweetId && userIds.includes(entry.actorId));
        return { ids: found.map(({ id }) => id).sort(newestFirst) };
      },
      listByActors: async (_: unknown, { actorIds, ...stretch }: ListByActorsRequest) => {
        if (actorIds.length === 0) throw new Error('asked for nothing');
        return { entries: newest(world, stretch, ({ actorId }) => actorIds.includes(actorId)) };
      },
      listIdsByActors: async (_: unknown, { actorIds, ...stretch }: ListIdsByActorsRequest) => {
        if (actorIds.length === 0) throw new Error('asked for nothing');
        return { ids: newest(world, stretch, ({ actorId }) => actorIds.includes(actorId)).map(({ id }) => id) };
      },
      listByHashtags: async (_: unknown, { hashtags, ...stretch }: ListByHashtagsRequest) => {
        if (hashtags.length === 0) throw new Error('asked for nothing');
        const carries = (entry: EntryFacts) => entry.hashtags.some((tag) => hashtags.includes(tag));
        return { entries: newest(world, stretch, (entry) => entry.id === entry.tweetId && carries(entry)) };
      },
      ...engagementServicesOf(world),
    },
    users: {
      getUsers: async (_: unknown, { ids }: { ids: Id[] }) => ({
        users: ids.flatMap((id) => byId.get(id) ?? []).map(userOf),
      }),
    },
  };
}

function fameOf({ userId, beginsAt, endsAt }: StoredFame): FameInterval {
  return { userId, beginsMs: BigInt(beginsAt), endsMs: BigInt(endsAt === Infinity ? 0 : endsAt) };
}

function imageOf({ people }: WorldState, person: Person): RelationImage {
  const { id, revision, followsRevision, following, blocking, muting, hashtags } = person;
  const blockedBy = people.filter((other) => other.blocking.has(id)).map((other) => other.id);
  const lists = {
    following: [...following],
    blocking: [...blocking],
    blockedBy,
    muting: [...muting],
    hashtags: [...hashtags],
  };
  return { userId: id, revision, followsRevision, ...lists };
}

function newest(
  { entries }: WorldState,
  { beforeId, afterId, limit, oldestFirst, asOfMs }: Omit<ListByActorsRequest, 'actorIds'>,
  isWanted: (entry: EntryFacts) => boolean,
): EntryFacts[] {
  if (limit < 1) throw new Error('asked for nothing');
  return [...entries.values()]
    .filter((entry) => isWanted(entry) && stands(entry.undoneAtMs, asOfMs) && entry.state !== 'deleted')
    .filter(({ id }) => (beforeId === '' || id < beforeId) && id > afterId)
    .filter(({ id }) => asOfMs === undefined || timeOfId(id) <= asOfMs)
    .sort((a, b) => (oldestFirst ? newestFirst(b.id, a.id) : newestFirst(a.id, b.id)))
    .slice(0, limit)
    .map(factsOf);
}

function stands(undoneAtMs: number | null, asOfMs: bigint | undefined): boolean {
  return undoneAtMs === null || (asOfMs !== undefined && undoneAtMs > asOfMs);
}

function userOf({ id, state, isPrivate }: Person) {
  return { id, state, isPrivate, handle: 'handle', name: 'Name', revision: 1n };
}

function factsOf({ undoneAtMs: _, ...facts }: StoredEntry): EntryFacts {
  return facts;
}
