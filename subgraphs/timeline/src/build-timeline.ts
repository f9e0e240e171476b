import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Id } from '@starling/domain/ids.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { createBound } from '@starling/kit/resilience/bound.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { listedFollowees } from './fame.ts';
import type { FameView } from './fame-view.ts';
import { EVERYTHING, type TimelineHeader, type TimelineStore } from './timeline-store/port.ts';
import type { ViewerPoint } from './viewpoint.ts';

export type BuildDeps = {
  store: Pick<TimelineStore, 'begin' | 'finish'>;
  tweets: Pick<Tweets<CallContext>, 'listByActors' | 'listIdsByActors'>;
  fame: Pick<FameView, 'known'>;
  /** Ids a new list gets. */
  kept: number;
  logger: Pick<Logger, 'warn'>;
  /** Epoch milliseconds. */
  now: () => number;
};

export type TimelineBuilder = {
  /**
   * Joins a build for the same viewer that runs, unless relations have overtaken it. What nobody asks for who reads should not renew the
   * list's life; who joins and reads renews it by reading.
   */
  build(call: CallContext, viewer: ViewerPoint, options: { newest: number; renews?: boolean }): Build;
  /** Resolves when no build runs. */
  settled(): Promise<void>;
};

export type Build = {
  /** What is newest, long before the list is stored. Null for who joins: it may have been read before. */
  newest: Promise<NewestEntries> | null;
  /** Has it not give way any more; resolves once it is over, whether its list was taken or something newer came between. */
  landed(): Promise<void>;
};

/** All there is at or above `completeFrom`: also what is in no list, which readers merge. */
export type NewestEntries = { header: TimelineHeader; entries: readonly EntryFacts[] };

const BUILD_MS = 10_000;
/** Lists that are completed at a time. Readers wait for a place, not for the list: else they would begin more than can be stored. */
const COMPLETION = { atATime: 8, waiting: Infinity, refusal: 'Too many home timelines are built at once' };
/** The rest of a list gives way to what the answer still asks of the stores, unless somebody waits for it. */
const GIVE_WAY_MS = 20;

/**
 * Materialises what the viewer's followees put there; own entries are not in lists, readers take them from the primary, as
 * they do with famous authors' (fame.ts).
 *
 * Why nothing is missing from a list, once the fan-out has caught up. The order is: relations read (at revision R),
 * header written, entries read, the newest first, list finished. Take an entry E by A, whom the viewer follows.
 * - E committed before its actor's entries were read: the read has it, or cut it off below `completeFrom`.
 * - E committed after: its fan-out reads the followers later still. If A was followed at R, that read finds the viewer,
 *   and the header, written before, takes the push; `finish` keeps what was pushed meanwhile. It reads them page by page, the
 *   later slices of a big push minutes after the first: the page that has the viewer's place among them is what counts.
 * - A was followed only after R: relations are beyond R now, so the next reader finds the list stale and builds anew.
 *   The same holds for an unfollow and a new follow, between which pushes passed the viewer by, and for a follow that comes
 *   when a push has passed the viewer's place.
 * - The list was dropped or evicted on the way, so that a push may have passed it by: `finish` does not apply.
 * - Another process began later: its list began empty, but its entries are read after every push that was lost by that;
 *   the older build does not apply.
 * - A is famous at the moment of the build, and no end is announced, so that their entries were left out: the fame had been announced to
 *   every reader by then, and does not end without notice; as long as it reaches beyond `completeFrom`, readers merge what A puts there.
 *   Where an end is announced, or a begin for the viewer, the list has their entries also from before: clocks may differ by less than the
 *   notice that is left. What readers merge as well is there once.
 */
export function createTimelineBuilder(deps: BuildDeps): TimelineBuilder {
  const flights = new Map<Id, Flight>();
  const bounded = createBound(COMPLETION);

  const tellOf = (viewerId: Id) => (err: unknown) => {
    deps.logger.warn({ err, viewerId }, 'a home timeline could not be stored');
    throw err;
  };

  return {
    build(call, viewer, { newest, renews = true }) {
      const { viewerId, followsRevision } = viewer;
      const running = flights.get(viewerId);
      if (running && running.followsRevision >= followsRevision) return { newest: null, landed: running.landed };
      const begun = begin(deps, call, viewer, { limit: Math.min(newest, deps.kept), renews });
      const { promise: hasPlace, resolve: place } = Promise.withResolvers<void>();
      const { promise: isWaitedFor, resolve: hurry } = Promise.withResolvers<void>();
      const completed = async (started: Begun) => {
        place();
        if (flights.size <= COMPLETION.atATime) await Promise.race([delay(GIVE_WAY_MS), isWaitedFor]);
        await complete(deps, started);
      };
      const over = begun
        .then((started) => bounded(() => completed(started)).catch(tellOf(viewerId)))
        .finally(() => {
          if (flights.get(viewerId) === flight) flights.delete(viewerId);
        });
      const answered = begun.then((found) => hasPlace.then(() => found));
      // Whoever waits hears of it.
      for (const told of [over, answered]) told.catch(() => undefined);
      const landed = () => {
        hurry();
        return over;
      };
      const flight = { landed, followsRevision };
      flights.set(viewerId, flight);
      return { newest: answered, landed };
    },
    async settled() {
      await Promise.allSettled([...flights.values()].map(({ landed }) => landed()));
    },
  };
}

type Flight = Pick<Build, 'landed'> & { followsRevision: bigint };

type Begun = NewestEntries & { frame: CallContext; viewerId: Id; token: string; listed: Id[] };

async function begin(
  deps: BuildDeps,
  call: CallContext,
  viewer: ViewerPoint,
  { limit, renews }: { limit: number; renews: boolean },
): Promise<Begun> {
  const { store, tweets, fame, now } = deps;
  const { viewerId, followsRevision } = viewer;
  const [token, frame] = [randomUUID(), ownFrame(call, now())];
  const listed = listedFollowees(await fame.known(), viewer, now());
  await store.begin(viewerId, { token, followsRevision, renews });
  const actorIds = [viewerId, ...viewer.following];
  const { entries } = await tweets.listByActors(frame, { actorIds, beforeId: '', afterId: '', limit });
  const ids = entries.map(({ id }) => id);
  const header = { completeFrom: completeFromOf(ids, limit), followsRevision };
  return { header, entries, frame, viewerId, token, listed };
}

async function complete({ store, tweets, kept }: BuildDeps, begun: Begun): Promise<void> {
  const { header, frame, viewerId, token, listed } = begun;
  const { completeFrom } = header;
  const isListed = new Set(listed);
  const ids = begun.entries.filter(({ actorId }) => isListed.has(actorId)).map(({ id }) => id);
  const limit = kept - ids.length;
  if (completeFrom !== EVERYTHING && listed.length > 0 && limit > 0) {
    const below = { actorIds: listed, beforeId: completeFrom, afterId: '', limit };
    const older = await tweets.listIdsByActors(frame, below);
    ids.push(...older.ids);
  }
  await store.finish(viewerId, { token, ids, completeFrom: completeFromOf(ids, kept) });
}

/** Fewer than were asked for are all there are. */
function completeFromOf(ids: readonly Id[], limit: number): Id {
  const lowest = ids.at(-1);
  return lowest === undefined || ids.length < limit ? EVERYTHING : lowest;
}

/** Others may wait for the same build: it does not end with the caller that happened to start it. */
function ownFrame(call: CallContext, now: number): CallContext {
  return { ...call, deadline: now + BUILD_MS, signal: undefined };
}
