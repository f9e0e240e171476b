import type { Id } from '@starling/domain/ids.ts';
import { decide } from '@starling/domain/visibility.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { defaultScanBudget, fillPage, type Page } from './fill-page.ts';
import { loadPeople, type AsksUsers } from './people.ts';
import { chunkOf } from './read-skeleton.ts';
import { belongsToProfile, maySee } from './rules.ts';
import type { Viewpoint } from './viewpoint.ts';

export type ProfileDeps = {
  tweets: Pick<Tweets<CallContext>, 'listByActors'>;
  users: AsksUsers;
  scanBudget?: (first: number) => number;
};

export type ProfileRequest = {
  viewpoint: Viewpoint;
  userId: Id;
  first: number;
  afterId: Id | null;
  includeReplies: boolean;
};

/** A page of what one person put there; null if the viewer may see none of it, or there is no such person. */
export async function readProfile(deps: ProfileDeps, call: CallContext, request: ProfileRequest): Promise<Page | null> {
  const { viewpoint, userId, first, afterId, includeReplies } = request;
  if (!(await mayOpen(deps, call, viewpoint, userId))) return null;
  const budget = (deps.scanBudget ?? defaultScanBudget)(first);
  return fillPage(
    { first, afterId, budget },
    {
      read: async (beforeId, limit) => {
        const { entries } = await deps.tweets.listByActors(call, { actorIds: [userId], beforeId, afterId: '', limit });
        return chunkOf(entries, beforeId, limit);
      },
      keep: (entries) => {
        const wanted = entries.filter((facts) => belongsToProfile(facts, includeReplies));
        return keepOnProfile(deps.users, call, viewpoint, wanted);
      },
    },
  );
}

async function mayOpen({ users }: ProfileDeps, call: CallContext, viewpoint: Viewpoint, userId: Id): Promise<boolean> {
  const author = (await loadPeople(users, call, [userId])).get(userId);
  if (!author) return false;
  const subject = { author, relation: viewpoint.relationTo(userId), tweetState: 'live' as const };
  return decide(viewpoint.viewerId, subject, 'profile').verdict === 'show';
}

async function keepOnProfile(
  users: AsksUsers,
  call: CallContext,
  viewpoint: Viewpoint,
  entries: readonly EntryFacts[],
): Promise<EntryFacts[]> {
  if (entries.length === 0) return [];
  const people = await loadPeople(
    users,
    call,
    entries.flatMap(({ actorId, authorId }) => [actorId, authorId]),
  );
  return entries.filter((facts) => maySee(facts, viewpoint, people, 'profile'));
}
