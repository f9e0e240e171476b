import { absenceAtHome, followedHashtag, type HomeAbsence } from '@starling/domain/home-timeline.ts';
import { justAbove, timeOfId, type Id } from '@starling/domain/ids.ts';
import type { AuthorFacts, Reason } from '@starling/domain/visibility.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { pulledFollowees } from './fame.ts';
import type { FameView } from './fame-view.ts';
import { loadPeople, type AsksUsers } from './people.ts';
import { hiddenBy, toEntry } from './rules.ts';
import type { TimelineStore } from './timeline-store/port.ts';
import { viewpointOf, type AsksRelations, type ViewerPoint } from './viewpoint.ts';

export type ExplainDeps = {
  graph: AsksRelations;
  fame: Pick<FameView, 'known'>;
  users: AsksUsers;
  tweets: Pick<Tweets<CallContext>, 'getEntries' | 'findRetweets'>;
  store: Pick<TimelineStore, 'read'>;
  now: () => number;
};

/** What closes one way into a home timeline: a rule, or the delivery that is still under way. */
export type Absence = {
  cause: Reason | HomeAbsence | 'NOT_DELIVERED_YET';
  /** Who put the entry there. */
  actorId: Id;
  /** For how long a delivery has been under way. */
  waitingMs: number | null;
};

/** The entry that shows the tweet, or why none of those that could does. */
export type Explanation =
  { shown: EntryFacts; viewer: ViewerPoint; absences: [] } | { shown: null; absences: Absence[] };

/**
 * Why a tweet is not in the viewer's home timeline now, by the same rules as reading it. A tweet has a way in for itself, and
 * one for each retweet by the viewer or somebody the viewer follows. Null for a tweet that never was.
 */
export async function explainAbsence(
  deps: ExplainDeps,
  call: CallContext,
  { viewerId, tweetId }: { viewerId: Id; tweetId: Id },
): Promise<Explanation | null> {
  const viewer = await viewpointOf(deps.graph, call, viewerId);
  const ways = await waysIn(deps, call, viewer, tweetId);
  if (ways.length === 0) return null;
  const ids = ways.flatMap(({ actorId, authorId }) => [actorId, authorId]);
  const people = await loadPeople(deps.users, call, ids);
  const absences: Absence[] = [];
  for (const facts of ways) {
    const absence = ruledOut(facts, viewer, people) ?? (await undelivered(deps, viewer, facts));
    if (absence === null) return { shown: facts, viewer, absences: [] };
    absences.push(absence);
  }
  return { shown: null, absences };
}

/** The tweet itself first. */
async function waysIn(
  { tweets }: ExplainDeps,
  call: CallContext,
  { viewerId, following }: ViewerPoint,
  tweetId: Id,
): Promise<EntryFacts[]> {
  const { ids } = await tweets.findRetweets(call, { tweetId, userIds: [viewerId, ...following] });
  return (await tweets.getEntries(call, { ids: [tweetId, ...ids].slice(0, MOST_WAYS) })).entries;
}

/** As many as tweets tells of at a time; the newest retweets. */
const MOST_WAYS = 1_000;

/** What hides a tweet is said before what leaves it out: it is so wherever one looks. */
function ruledOut(facts: EntryFacts, viewer: ViewerPoint, people: ReadonlyMap<Id, AuthorFacts>): Absence | null {
  const cause = hiddenBy(facts, viewer, people, 'home') ?? absenceAtHome(toEntry(facts), viewer);
  return cause === null ? null : { cause, actorId: facts.actorId, waitingMs: null };
}

/** A list that should have the entry, and has not. What is the viewer's own or carries a followed hashtag needs none. */
async function undelivered(
  { store, fame, now }: ExplainDeps,
  viewer: ViewerPoint,
  facts: EntryFacts,
): Promise<Absence | null> {
  const { id, actorId } = facts;
  if (actorId === viewer.viewerId || followedHashtag(toEntry(facts), viewer) !== null) return null;
  const slice = await store.read(viewer.viewerId, { beforeId: justAbove(id), limit: 1 }).catch((error: unknown) => {
    if (!isUnavailable(error)) throw error;
    // Who reads now reads without a list.
    return null;
  });
  // A list that is missing, or lacks a followee, is built when it is read; what lies below it comes from the primary.
  if (slice === null || slice.header.followsRevision < viewer.followsRevision) return null;
  const { completeFrom } = slice.header;
  if (id < completeFrom || slice.ids[0] === id) return null;
  const pulled = pulledFollowees(await fame.known(), viewer, { completeFrom, nowMs: now() });
  if (pulled.includes(actorId)) return null;
  return { cause: 'NOT_DELIVERED_YET', actorId, waitingMs: Math.max(0, now() - timeOfId(id)) };
}
