import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { decide } from '@starling/domain/visibility.ts';
import { fillPage } from '@starling/kit/fill-page.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { keepByPeople, loadPeople, type AsksUsers } from './people.ts';
import { belongsToProfile, maySee } from './rules.ts';
import type { Place, TimelinePage } from './timeline-page.ts';
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
  after: Place | null;
  includeReplies: boolean;
};

/** A page of what one person put there; null if the viewer may see none of it, or there is no such person. */
export async function readProfile(
  deps: ProfileDeps,
  call: CallContext,
  request: ProfileRequest,
): Promise<TimelinePage | null> {
  const { viewpoint, userId, first, after, includeReplies } = request;
  if (!(await mayOpen(deps, call, viewpoint, userId))) return null;
  return fillPage<Place, EntryFacts>(
    { first, after, budget: deps.scanBudget?.(first) },
    {
      read: async (place, limit) => {
        const beforeId = place?.id ?? AFTER_EVERY_ID;
        const query = { actorIds: [userId], beforeId, afterId: '', limit, mayBeCached: true };
        return (await deps.tweets.listByActors(call, query)).entries;
      },
      keep: (entries) => {
        const wanted = entries.filter((facts) => belongsToProfile(facts, includeReplies));
        return keepByPeople(deps.users, call, wanted, (facts, people) => maySee(facts, viewpoint, people, 'profile'));
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
