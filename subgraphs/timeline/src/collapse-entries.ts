import { collapsedInto, isCollapsed } from '@starling/domain/home-timeline.ts';
import { justBelow, type Id } from '@starling/domain/ids.ts';
import { fillPage, type FilledPage, type PageRequest } from '@starling/kit/fill-page.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { candidatesOf, factsOf, type Candidate } from './candidates.ts';
import type { HomeEntry, Place } from './timeline-page.ts';

/** A timeline before anything collapses. */
export type UncollapsedTimeline = {
  /** Candidates below a place (null: from the newest), newest first; fewer than `limit` only if there are no more. */
  readBelow(place: Place | null, limit: number): Promise<Candidate[]>;
  /** Candidates above a place, those next to it first; fewer than `limit` only if there are no more. */
  readAbove(place: Place, limit: number): Promise<Candidate[]>;
  /** The facts of those candidates that belong and are visible, in their order. */
  keep(candidates: readonly Candidate[]): Promise<EntryFacts[]>;
};

/** A timeline that is not the whole. Nothing of above it makes an entry drop. */
export type Stretch = {
  /** Exclusive. */
  beforeId: Id;
  /** Entries that stand elsewhere, collapsed. */
  elsewhere?(): Promise<ReadonlySet<Id>>;
};

export type CollapsedRequest = PageRequest<Place> & {
  /** See domain/home-timeline.ts. */
  collapseWithin: number;
  stretch?: Stretch | undefined;
};

/** `visible`: all from the page's beginning to some way below it, newest first, before anything collapses. */
export type CollapsedPage = FilledPage<Place, HomeEntry> & { visible: EntryFacts[] };

/**
 * A page as the definition collapses it. What drops an entry stands up to `collapseWithin` entries above it, so above a page
 * that begins at a cursor so many are read besides, at the same time as the page; what an entry makes drop stands as far
 * below it, so the page is read so much further. Both within scan budgets of their own: where thousands of hidden entries lie
 * around a page, a tweet may show once more at its beginning, and a name may be missing at its end.
 */
export async function readCollapsed(
  { collapseWithin: within, stretch, ...request }: CollapsedRequest,
  timeline: UncollapsedTimeline,
): Promise<CollapsedPage> {
  const lookingBack = lookBack(timeline, request.after, { count: within, beforeId: stretch?.beforeId });
  const findingElsewhere = stretch?.elsewhere?.() ?? new Set<Id>();
  const visible: EntryFacts[] = [];
  const read = { last: request.after, isEnd: false };
  const filling = fillPage<Place, Candidate>(
    { ...request, ahead: within },
    {
      async read(place, limit) {
        const candidates = await timeline.readBelow(place, limit);
        read.last = candidates.at(-1) ?? read.last;
        read.isEnd = candidates.length < limit;
        return candidates;
      },
      async keep(candidates) {
        const [above, elsewhere, found] = await Promise.all([lookingBack, findingElsewhere, timeline.keep(candidates)]);
        const from = above.length + visible.length;
        visible.push(...found);
        const all = [...above, ...visible];
        const stands = ({ id }: EntryFacts, index: number) =>
          !elsewhere.has(id) && !isCollapsed(all, from + index, within);
        return candidatesOf(candidates, found.filter(stands));
      },
    },
  );
  const [{ kept, ...page }] = await Promise.all([filling, lookingBack, findingElsewhere]);
  const entries = factsOf(kept);
  const places = entries.map((entry) => visible.indexOf(entry));
  const missing = Math.max(-1, ...places) + 1 + within - visible.length;
  if (entries.length > 0 && missing > 0 && !read.isEnd)
    visible.push(...(await readVisible(timeline, { first: missing, after: read.last }, timeline.readBelow)));
  return {
    ...page,
    visible,
    kept: entries.map((entry, nth) => ({ ...entry, collapsed: collapsedInto(visible, places[nth] ?? -1, within) })),
  };
}

/** The `count` visible entries next above a place, newest first; that at the place is one of them. */
async function lookBack(
  timeline: UncollapsedTimeline,
  place: Place | null,
  { count, beforeId }: { count: number; beforeId: Id | undefined },
): Promise<EntryFacts[]> {
  if (place === null || count === 0 || (beforeId !== undefined && place.id >= beforeId)) return [];
  const below = { id: justBelow(place.id) };
  const read = async (after: Place | null, limit: number) => {
    const candidates = await timeline.readAbove(after ?? below, limit);
    return beforeId === undefined ? candidates : candidates.filter(({ id }) => id < beforeId);
  };
  return (await readVisible(timeline, { first: count, after: below }, read)).reverse();
}

async function readVisible(
  { keep }: Pick<UncollapsedTimeline, 'keep'>,
  request: PageRequest<Place>,
  read: (after: Place | null, limit: number) => Promise<Candidate[]>,
): Promise<EntryFacts[]> {
  const source = { read, keep: async (some: readonly Candidate[]) => candidatesOf(some, await keep(some)) };
  return factsOf((await fillPage<Place, Candidate>(request, source)).kept);
}
