import { timeOfId, type Id } from '@starling/domain/ids.ts';
import type { InteractionKind } from '@starling/domain/ranking.ts';
import type { ListProfileOpensRequest, NoteProfileOpensRequest } from '@starling/schema/generated/rpc/graph.ts';
import type { EntryFacts, ListInteractionsRequest } from '@starling/schema/generated/rpc/tweets.ts';
import { must, type Person, type StoredOpen, type WorldState } from './world-state.ts';

/** Likes, which are no entries, and opened profiles, as if they were written down at once. */
export const likeActs = (world: WorldState) => ({
  like(person: Person, { tweetId, authorId }: EntryFacts): void {
    world.clock += 1;
    world.likes.push({ userId: person.id, tweetId, authorId, atMs: world.clock });
  },
  openProfile(viewer: Person, { id: userId }: Person): void {
    world.clock += 1;
    if (viewer.id !== userId)
      world.opens.push({ viewerId: viewer.id, userId, slotMs: BigInt(world.clock), atMs: world.clock });
  },
});

/** Opened profiles as graph keeps them: what is there already is left alone. */
export function profileOpensOf(world: WorldState) {
  return {
    async noteProfileOpens(_: unknown, { opens }: NoteProfileOpensRequest) {
      for (const { viewerId, userId, slotMs } of opens) {
        const isSame = (one: StoredOpen) => one.viewerId === viewerId && one.userId === userId && one.slotMs === slotMs;
        if (!world.opens.some(isSame)) world.opens.push({ viewerId, userId, slotMs, atMs: world.clock });
      }
      return {};
    },
    async listProfileOpens(_: unknown, { viewerId, beforeMs, limit }: ListProfileOpensRequest) {
      const own = world.opens.filter((open) => open.viewerId === viewerId && open.atMs < Number(beforeMs));
      const newest = own.toReversed().slice(0, limit);
      return { opens: newest.map(({ userId, atMs }) => ({ userId, atMs: BigInt(atMs) })) };
    },
  };
}

/** What tweets would answer of engagement now. */
export function engagementServicesOf(world: WorldState) {
  return {
    getCounters: async (_: unknown, { ids }: { ids: Id[] }) => ({
      counters: ids.filter((id) => world.entries.has(id)).map((id) => countersOf(world, id)),
    }),
    listInteractions: async (_: unknown, request: ListInteractionsRequest) => ({
      interactions: interactionsOf(world, request).map(({ atMs, ...one }) => ({ ...one, atMs: BigInt(atMs) })),
    }),
  };
}

function countersOf({ entries, likes }: WorldState, tweetId: Id) {
  const standing = [...entries.values()].filter(({ undoneAtMs, state }) => undoneAtMs === null && state !== 'deleted');
  return {
    tweetId,
    likeCount: likes.filter((like) => like.tweetId === tweetId).length,
    retweetCount: standing.filter((entry) => entry.tweetId === tweetId && entry.id !== tweetId).length,
    replyCount: standing.filter((entry) => entry.parentId === tweetId && entry.id === entry.tweetId).length,
    quoteCount: 0,
  };
}

type Interaction = { authorId: Id; kind: InteractionKind; atMs: number };

function interactionsOf({ entries, likes }: WorldState, request: ListInteractionsRequest): Interaction[] {
  const { userId, beforeMs, limit } = request;
  const own = [...entries.values()].filter(
    ({ actorId, undoneAtMs, state }) => actorId === userId && undoneAtMs === null && state !== 'deleted',
  );
  const retweets = own.filter(({ id, tweetId }) => id !== tweetId);
  const replies = own.filter(({ id, tweetId, parentId }) => id === tweetId && parentId !== '');
  const kinds: Interaction[][] = [
    likes.filter((like) => like.userId === userId).map(({ authorId, atMs }) => ({ authorId, kind: 'like', atMs })),
    retweets.map(({ id, authorId }) => ({ authorId, kind: 'retweet', atMs: timeOfId(id) })),
    replies.map(({ id, parentId }) => ({
      authorId: must(entries.get(parentId)).authorId,
      kind: 'reply',
      atMs: timeOfId(id),
    })),
  ];
  const newest = (all: Interaction[]) =>
    all
      .filter(({ authorId, atMs }) => authorId !== userId && atMs < Number(beforeMs))
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, limit);
  return kinds.flatMap(newest).sort((a, b) => b.atMs - a.atMs);
}
