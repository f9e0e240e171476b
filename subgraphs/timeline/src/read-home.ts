import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import type { FilledPage } from '@starling/kit/fill-page.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { factsOf, readCollapsed } from './collapse-entries.ts';
import { keepByPeople, type AsksUsers } from './people.ts';
import { readSkeleton, type SkeletonDeps } from './read-skeleton.ts';
import { readSkeletonAbove } from './read-skeleton-above.ts';
import type { RecentReaders } from './recent-readers.ts';
import { showsAtHome } from './rules.ts';
import type { HomeEntry, Place } from './timeline-page.ts';
import { viewpointOf, type AsksRelations, type ViewerPoint } from './viewpoint.ts';

export type HomeDeps = SkeletonDeps & {
  graph: AsksRelations;
  users: AsksUsers;
  readers: Pick<RecentReaders, 'note'>;
  /** Entries above one among which the same tweet makes it drop. */
  collapseWithin: number;
  /** Candidates that a page of `first` may examine; kit's by default. */
  scanBudget?: (first: number) => number;
};

export type HomeRequest = { viewerId: Id; first: number; /** Exclusive; null for the newest. */ after: Place | null };

/** A page, and the viewer by whose relations it was made. */
export type HomePage = FilledPage<Place, HomeEntry> & { viewer: ViewerPoint };

/** A page of the home timeline as domain/home-timeline.ts defines it, by relations and facts as they are now. */
export async function readHome(deps: HomeDeps, call: CallContext, request: HomeRequest): Promise<HomePage> {
  const { viewerId, first, after } = request;
  const { collapseWithin } = deps;
  const viewer = await viewpointOf(deps.graph, call, viewerId);
  deps.readers.note(viewerId);
  const page = await readCollapsed(
    { first, after, budget: deps.scanBudget?.(first), collapseWithin },
    {
      readBelow: (place, limit) => readSkeleton(deps, { call, viewer, beforeId: place?.id ?? AFTER_EVERY_ID, limit }),
      readAbove: ({ id }, limit) => readSkeletonAbove(deps, { call, viewer, afterId: id, limit }),
      keep: (candidates) => keepAtHome(deps.users, call, viewer, factsOf(candidates)),
    },
  );
  return { ...page, viewer };
}

export function keepAtHome(
  users: AsksUsers,
  call: CallContext,
  viewer: ViewerPoint,
  entries: readonly EntryFacts[],
): Promise<EntryFacts[]> {
  return keepByPeople(users, call, entries, (facts, people) => showsAtHome(facts, viewer, people));
}
