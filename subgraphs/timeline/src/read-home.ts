import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { defaultScanBudget, fillPage, type Page } from './fill-page.ts';
import { loadPeople, type AsksUsers } from './people.ts';
import { readSkeleton, type SkeletonDeps } from './read-skeleton.ts';
import { showsAtHome } from './rules.ts';
import { viewpointOf, type AsksRelations, type ViewerPoint } from './viewpoint.ts';

export type HomeDeps = SkeletonDeps & {
  graph: AsksRelations;
  users: AsksUsers;
  /** Candidates that a page of `first` may examine. */
  scanBudget?: (first: number) => number;
};

export type HomeRequest = { viewerId: Id; first: number; /** Exclusive; null for the newest. */ afterId: Id | null };

/** A page of the home timeline as domain/home-timeline.ts defines it, by relations and facts as they are now. */
export async function readHome(deps: HomeDeps, call: CallContext, request: HomeRequest): Promise<Page> {
  const { first, afterId } = request;
  const viewer = await viewpointOf(deps.graph, call, request.viewerId);
  const budget = (deps.scanBudget ?? defaultScanBudget)(first);
  return fillPage(
    { first, afterId, budget },
    {
      read: (beforeId, limit) => readSkeleton(deps, { call, viewer, beforeId, limit }),
      keep: (entries) => keepAtHome(deps.users, call, viewer, entries),
    },
  );
}

export async function keepAtHome(
  users: AsksUsers,
  call: CallContext,
  viewer: ViewerPoint,
  entries: readonly EntryFacts[],
): Promise<EntryFacts[]> {
  if (entries.length === 0) return [];
  const people = await loadPeople(
    users,
    call,
    entries.flatMap(({ actorId, authorId }) => [actorId, authorId]),
  );
  return entries.filter((facts) => showsAtHome(facts, viewer, people));
}
