import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { fillPage } from '@starling/kit/fill-page.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { keepByPeople, type AsksUsers } from './people.ts';
import { readSkeleton, type Candidate, type SkeletonDeps } from './read-skeleton.ts';
import type { RecentReaders } from './recent-readers.ts';
import { showsAtHome } from './rules.ts';
import type { Place, TimelinePage } from './timeline-page.ts';
import { viewpointOf, type AsksRelations, type ViewerPoint } from './viewpoint.ts';

export type HomeDeps = SkeletonDeps & {
  graph: AsksRelations;
  users: AsksUsers;
  readers: Pick<RecentReaders, 'note'>;
  /** Candidates that a page of `first` may examine; kit's by default. */
  scanBudget?: (first: number) => number;
};

export type HomeRequest = { viewerId: Id; first: number; /** Exclusive; null for the newest. */ after: Place | null };

/** A page, and the viewer by whose relations it was made. */
export type HomePage = TimelinePage & { viewer: ViewerPoint };

/** A page of the home timeline as domain/home-timeline.ts defines it, by relations and facts as they are now. */
export async function readHome(deps: HomeDeps, call: CallContext, request: HomeRequest): Promise<HomePage> {
  const { viewerId, first, after } = request;
  const viewer = await viewpointOf(deps.graph, call, viewerId);
  deps.readers.note(viewerId);
  const { kept, ...page } = await fillPage<Place, Candidate>(
    { first, after, budget: deps.scanBudget?.(first) },
    {
      read: (place, limit) => readSkeleton(deps, { call, viewer, beforeId: place?.id ?? AFTER_EVERY_ID, limit }),
      keep: async (candidates) => {
        const shown = new Set(await keepAtHome(deps.users, call, viewer, factsOf(candidates)));
        return candidates.filter(({ facts }) => facts !== null && shown.has(facts));
      },
    },
  );
  return { ...page, viewer, kept: factsOf(kept) };
}

export function keepAtHome(
  users: AsksUsers,
  call: CallContext,
  viewer: ViewerPoint,
  entries: readonly EntryFacts[],
): Promise<EntryFacts[]> {
  return keepByPeople(users, call, entries, (facts, people) => showsAtHome(facts, viewer, people));
}

function factsOf(candidates: readonly Candidate[]): EntryFacts[] {
  return candidates.flatMap(({ facts }) => facts ?? []);
}
