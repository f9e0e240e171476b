import type { Id } from '@starling/domain/ids.ts';
import type { VersionedCache } from '@starling/kit/cache/port.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { appendToOutbox } from '@starling/kit/outbox/append.ts';
import type { CommitSignal } from '@starling/kit/outbox/commit-signal.ts';
import type { Pool, PoolClient } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import type { CachedPeople } from './cached-people.ts';
import { announceChange, confirmChange } from './invalidate-images.ts';
import { relationEvent, type HashtagFact, type PairFact, type RelationFact } from './publishes.ts';
import { mustBeInTime, settleFame, type FameRules } from './settle-fame.ts';
import { deleteEdges, endFollows, insertEdges, type Pair } from './store/edges.ts';
import { endHashtagFollows, insertHashtagFollows } from './store/hashtags.ts';
import { lockPeople, savePeople, type Person } from './store/people.ts';
import type { RelationImage } from './store/relations.ts';

export type ChangeDeps = FameRules & {
  pool: Pool;
  images: VersionedCache<RelationImage>;
  people: Pick<CachedPeople, 'forget' | 'mustForget'>;
  /** Wakes the relay of this process. */
  commits: Pick<CommitSignal, 'notify'>;
  logger: ErrorLog;
  /** Epoch milliseconds. */
  now: () => number;
};

/**
 * A transaction that holds the rows of some people. Each function changes what it finds different, and for just that
 * the counters, the revisions and the events; people must be among the locked ones.
 */
export type RelationChange = {
  client: PoolClient;
  /** Epoch milliseconds: the moment of everything that changes here. */
  at: number;
  personOf(id: Id): Person;
  /** Has what is cached of a follow dropped even if nothing changes: its last change may not have been answered. */
  concern(pair: Pair): void;
  addFollows(follows: readonly (Pair & { atMs?: number })[]): Promise<Pair[]>;
  endFollows(pairs: readonly Pair[]): Promise<Pair[]>;
  addBlocks(pairs: readonly Pair[]): Promise<Pair[]>;
  removeBlocks(pairs: readonly Pair[]): Promise<Pair[]>;
  addMutes(pairs: readonly Pair[]): Promise<Pair[]>;
  removeMutes(pairs: readonly Pair[]): Promise<Pair[]>;
  /** In the form that is compared; as for people, they answer with what they changed. */
  followHashtags(userId: Id, tags: readonly string[]): Promise<string[]>;
  unfollowHashtags(userId: Id, tags: readonly string[]): Promise<string[]>;
  /** Requests are in nobody's image: no revision, no event. */
  addRequests(pairs: readonly Pair[]): Promise<Pair[]>;
  removeRequests(pairs: readonly Pair[]): Promise<Pair[]>;
};

/**
 * Runs `work` in one transaction that has locked these people in the order of their ids. Facts, counters, revisions and
 * events are committed together; then, before this resolves, the images of everybody concerned are invalidated, and so is what else is cached of them.
 */
export async function changeRelations<Result>(
  deps: ChangeDeps,
  ids: readonly Id[],
  work: (change: RelationChange) => Promise<Result>,
): Promise<Result> {
  const { result, changed, follows, locked } = await withTransaction(deps.pool, async (client) => {
    const people = await lockPeople(client, ids);
    const ledger = openLedger(people, deps.now());
    const outcome = await work(openChange(client, ledger));
    await appendToOutbox(client, ledger.facts.map(relationEvent));
    const revisions = revisionsOf(ledger.facts);
    await announceChange(deps.images, revisions);
    // Last, as the notice runs from here on.
    const settled = await settleFame(client, deps, ledger.dirty);
    await savePeople(client, [...ledger.dirty]);
    mustBeInTime(deps, settled);
    return { result: outcome, changed: revisions, follows: ledger.follows, locked: people };
  });
  if (changed.size > 0) deps.commits.notify();
  // Where nothing changes, a change of before may not have been answered.
  const confirmed = changed.size > 0 ? changed : presentRevisions(locked);
  await Promise.all([confirmChange(deps, confirmed), deps.people.forget({ pairs: follows })]);
  return result;
}

function presentRevisions(people: ReadonlyMap<Id, Person>): Map<Id, bigint> {
  return new Map([...people.values()].map(({ userId, revision }) => [userId, BigInt(revision)]));
}

type Ledger = {
  at: number;
  facts: RelationFact[];
  /** Follows that may have begun or ended. */
  follows: Pair[];
  dirty: Set<Person>;
  personOf(id: Id): Person;
};

function openLedger(people: ReadonlyMap<Id, Person>, at: number): Ledger {
  return {
    at,
    facts: [],
    follows: [],
    dirty: new Set(),
    personOf(id) {
      const person = people.get(id);
      if (person === undefined) throw new Error(`Person ${id} was not locked`);
      return person;
    },
  };
}

function openChange(client: PoolClient, ledger: Ledger): RelationChange {
  const { at, personOf } = ledger;
  const now = (pairs: readonly Pair[]) => pairs.map((pair) => ({ ...pair, atMs: at }));
  return {
    client,
    at,
    personOf,
    concern: (pair) => void ledger.follows.push(pair),
    async addFollows(follows) {
      const added = await insertEdges(
        client,
        'follow',
        follows.map((follow) => ({ atMs: at, ...follow })),
      );
      return added.map((pair) => noteFollow(ledger, 'user.followed', pair));
    },
    async endFollows(pairs) {
      const ended = await endFollows(client, pairs, at);
      return ended.map((pair) => noteFollow(ledger, 'user.unfollowed', pair));
    },
    addBlocks: async (pairs) => noteAll(ledger, 'user.blocked', await insertEdges(client, 'block', now(pairs))),
    removeBlocks: async (pairs) => noteAll(ledger, 'user.unblocked', await deleteEdges(client, 'block', pairs)),
    addMutes: async (pairs) => noteAll(ledger, 'user.muted', await insertEdges(client, 'mute', now(pairs))),
    removeMutes: async (pairs) => noteAll(ledger, 'user.unmuted', await deleteEdges(client, 'mute', pairs)),
    followHashtags: async (userId, tags) =>
      noteTags(ledger, 'hashtag.followed', userId, await insertHashtagFollows(client, userId, tags, at)),
    unfollowHashtags: async (userId, tags) =>
      noteTags(ledger, 'hashtag.unfollowed', userId, await endHashtagFollows(client, userId, tags, at)),
    addRequests: (pairs) => insertEdges(client, 'request', now(pairs)),
    removeRequests: (pairs) => deleteEdges(client, 'request', pairs),
  };
}

function noteFollow(ledger: Ledger, type: 'user.followed' | 'user.unfollowed', pair: Pair): Pair {
  const follower = ledger.personOf(pair.actorId);
  const followee = ledger.personOf(pair.targetId);
  const step = type === 'user.followed' ? 1 : -1;
  follower.followingCount += step;
  followee.followerCount += step;
  ledger.dirty.add(followee);
  ledger.follows.push(pair);
  note(ledger, type, pair);
  if (type === 'user.followed') follower.followsRevision = follower.revision;
  return pair;
}

function noteAll(ledger: Ledger, type: PairFact['type'], pairs: Pair[]): Pair[] {
  for (const pair of pairs) note(ledger, type, pair);
  return pairs;
}

/** Tweets by hashtag are merged into timelines as they are read: `followsRevision` need not rise, no list lacks anything. */
function noteTags(ledger: Ledger, type: HashtagFact['type'], actorId: Id, tags: string[]): string[] {
  const actor = ledger.personOf(actorId);
  for (const tag of tags) {
    actor.revision += 1;
    ledger.dirty.add(actor);
    ledger.facts.push({ type, actorId, tag, revision: actor.revision, at: ledger.at });
  }
  return tags;
}

/** A block is in both images, everything else only in the actor's. */
const CHANGES_TARGET: ReadonlySet<PairFact['type']> = new Set(['user.blocked', 'user.unblocked']);

function note(ledger: Ledger, type: PairFact['type'], { actorId, targetId }: Pair): void {
  const actor = ledger.personOf(actorId);
  actor.revision += 1;
  ledger.dirty.add(actor);
  let targetRevision: number | null = null;
  if (CHANGES_TARGET.has(type)) {
    const target = ledger.personOf(targetId);
    target.revision += 1;
    ledger.dirty.add(target);
    targetRevision = target.revision;
  }
  ledger.facts.push({ type, actorId, targetId, revision: actor.revision, targetRevision, at: ledger.at });
}

/** The latest revision of everybody whose image changed. */
function revisionsOf(facts: readonly RelationFact[]): Map<Id, bigint> {
  const revisions = new Map<Id, bigint>();
  for (const fact of facts) {
    revisions.set(fact.actorId, BigInt(fact.revision));
    if ('targetId' in fact && fact.targetRevision !== null) revisions.set(fact.targetId, BigInt(fact.targetRevision));
  }
  return revisions;
}
