import { randomUUID } from 'node:crypto';
import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { listedFollowees } from './fame.ts';
import type { FameView } from './fame-view.ts';
import { EVERYTHING, type TimelineStore } from './timeline-store/port.ts';
import type { ViewerPoint } from './viewpoint.ts';

export type BuildDeps = {
  store: Pick<TimelineStore, 'begin' | 'finish'>;
  tweets: Pick<Tweets<CallContext>, 'listByActors'>;
  fame: Pick<FameView, 'known'>;
  /** Ids a new list gets. */
  kept: number;
  now: () => number;
};

/** Resolves once the build is over, whether its list was taken or something newer came between. */
export type BuildTimeline = (call: CallContext, viewer: ViewerPoint) => Promise<void>;

const BUILD_MS = 10_000;

/**
 * Materialises what the viewer's followees put there; own entries are not in lists, readers take them from the primary, as
 * they do with famous authors' (fame.ts).
 *
 * Why nothing is missing from a list, once the fan-out has caught up. The order is: relations read (at revision R),
 * header written, entries read, list finished. Take an entry E by A, whom the viewer follows.
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
 * - A is famous at the moment of the build, so that their entries were left out: the fame had been announced to every reader by
 *   then, and does not end without notice; as long as it reaches beyond `completeFrom`, readers merge what A puts there.
 */
export function createTimelineBuilder(deps: BuildDeps): BuildTimeline {
  const flights = new Map<Id, { followsRevision: bigint; landed: Promise<void> }>();

  return (call, viewer) => {
    const flight = flights.get(viewer.viewerId);
    if (flight && flight.followsRevision >= viewer.followsRevision) return flight.landed;
    const landed = build(deps, call, viewer).finally(() => {
      if (flights.get(viewer.viewerId)?.landed === landed) flights.delete(viewer.viewerId);
    });
    flights.set(viewer.viewerId, { followsRevision: viewer.followsRevision, landed });
    return landed;
  };
}

async function build(deps: BuildDeps, call: CallContext, viewer: ViewerPoint): Promise<void> {
  const { store, tweets, fame, kept, now } = deps;
  const token = randomUUID();
  const listed = listedFollowees(await fame.known(), viewer, now());
  await store.begin(viewer.viewerId, { token, followsRevision: viewer.followsRevision });
  const ids = await newestOf(tweets, ownFrame(call, now()), listed, kept);
  const lowest = ids.at(-1);
  const completeFrom = lowest === undefined || ids.length < kept ? EVERYTHING : lowest;
  await store.finish(viewer.viewerId, { token, ids, completeFrom });
}

async function newestOf(tweets: BuildDeps['tweets'], call: CallContext, actorIds: Id[], limit: number): Promise<Id[]> {
  if (actorIds.length === 0) return [];
  const { entries } = await tweets.listByActors(call, { actorIds, beforeId: '', afterId: '', limit });
  return entries.map(({ id }) => id);
}

/** Others may wait for the same build: it does not end with the caller that happened to start it. */
function ownFrame(call: CallContext, now: number): CallContext {
  return { ...call, deadline: now + BUILD_MS, signal: undefined };
}
