import { absenceAtHome, followedHashtag, isRetweet, type HomeAbsence } from '@starling/domain/home-timeline.ts';
import { justAbove, newestFirst, timeOfId, type Id } from '@starling/domain/ids.ts';
import type { AuthorFacts, Reason } from '@starling/domain/visibility.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { listedIn } from './listed.ts';
import { loadPeople } from './people.ts';
import { readHome, type HomeDeps } from './read-home.ts';
import { hiddenWhenOpened, isListedRetweeter, reasonsAtHome, toEntry } from './rules.ts';
import type { HomeEntry } from './timeline-page.ts';
import { viewpointOf, type ViewerPoint } from './viewpoint.ts';

export type ExplainDeps = HomeDeps & {
  graph: Pick<Graph<CallContext>, 'getFollowEnds'>;
  tweets: Pick<Tweets<CallContext>, 'findRetweets'>;
  now: () => number;
};

/** What closes a way into a home timeline: a rule, the delivery that is still under way, or another way. */
export type Absence = {
  cause: Reason | HomeAbsence | 'NOT_DELIVERED_YET' | 'RETWEET_COLLAPSED';
  /** Whom the cause is about; where it is about nobody, who put the entry there. Null for a tweet that the viewer may not open. */
  actorId: Id | null;
  /** For how long a delivery has been under way. */
  waitingMs: number | null;
  /** Since when the viewer has not been following the actor, in epoch milliseconds; null where that is not it, or for never. */
  sinceMs: number | null;
};

/** The newest entry that shows the tweet, and what collapses into it; or why none of those that could shows it. */
export type Explanation =
  { shown: HomeEntry; viewer: ViewerPoint; absences: Absence[] } | { shown: null; absences: Absence[] };

/**
 * Why a tweet is not in the viewer's home timeline now, by the same rules as reading it. A tweet has a way in for itself, and
 * one for each retweet by the viewer or somebody the viewer follows, if the tweet's list of retweeters shows them. The newest
 * that is open shows it always: so collapsing keeps no tweet out, but ways to it. Null for a tweet that never was. Of a tweet
 * that the viewer may not open it tells what its tombstone tells: the cause alone.
 */
export async function explainAbsence(
  deps: ExplainDeps,
  call: CallContext,
  { viewerId, tweetId }: { viewerId: Id; tweetId: Id },
): Promise<Explanation | null> {
  const viewer = await viewpointOf(deps.graph, call, viewerId);
  const ways = await waysIn(deps, call, viewer, tweetId);
  const [own] = ways;
  if (!own) return null;
  const ids = ways.flatMap(({ actorId, authorId }) => [actorId, authorId]);
  const people = await loadPeople(deps.users, call, ids);
  const hidden = hiddenWhenOpened(own, viewer, people);
  if (hidden !== null) return { shown: null, absences: [closedBy(hidden, null)] };
  const told = ways.filter((facts) => !isRetweet(facts) || isListedRetweeter(facts, viewer, people));
  const closed = new Map<Id, Absence[]>();
  for (const facts of told.toSorted((a, b) => newestFirst(a.id, b.id))) {
    const ruled = ruledOut(facts, viewer, people);
    const absences = ruled.length > 0 ? ruled : await undelivered(deps, viewer, facts);
    if (absences.length === 0) return shownBy(deps, call, viewer, facts);
    closed.set(facts.id, absences);
  }
  const absences = eachOnce(told.flatMap(({ id }) => closed.get(id) ?? []));
  return { shown: null, absences: await datedFrom(deps.graph, call, viewerId, absences) };
}

/** As who reads that place sees it. */
async function shownBy(
  deps: ExplainDeps,
  call: CallContext,
  { viewerId }: ViewerPoint,
  facts: EntryFacts,
): Promise<Explanation> {
  const { kept, viewer } = await readHome(deps, call, { viewerId, first: 1, after: { id: justAbove(facts.id) } });
  const shown = kept.find(({ id }) => id === facts.id) ?? { ...facts, collapsed: [] };
  const absences = shown.collapsed.map(({ actorId }) => closedBy('RETWEET_COLLAPSED', actorId));
  return { shown, viewer, absences: eachOnce(absences) };
}

function closedBy(cause: Absence['cause'], actorId: Id | null): Absence {
  return { cause, actorId, waitingMs: null, sinceMs: null };
}

/** Several ways may be closed by the same cause, and about the same person: the first tells it. */
function eachOnce(absences: readonly Absence[]): Absence[] {
  const isSame = (one: Absence, other: Absence) => one.cause === other.cause && one.actorId === other.actorId;
  return absences.filter((absence, index) => absences.findIndex((other) => isSame(absence, other)) === index);
}

/** Says since when those are not followed whom the viewer does not follow. */
async function datedFrom(
  graph: ExplainDeps['graph'],
  call: CallContext,
  viewerId: Id,
  absences: readonly Absence[],
): Promise<Absence[]> {
  const otherIds = absences.flatMap(({ cause, actorId }) => (cause === 'NOT_FOLLOWING' && actorId ? actorId : []));
  if (otherIds.length === 0) return [...absences];
  const { ends } = await graph.getFollowEnds(call, { userId: viewerId, otherIds });
  const sinceMs = new Map(ends.map(({ otherId, atMs }) => [otherId, Number(atMs)]));
  return absences.map((absence) => {
    const { cause, actorId } = absence;
    return cause === 'NOT_FOLLOWING' && actorId ? { ...absence, sinceMs: sinceMs.get(actorId) ?? null } : absence;
  });
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

/** What hides an entry is said before what leaves it out, and besides: either keeps it out without the other. */
function ruledOut(facts: EntryFacts, viewer: ViewerPoint, people: ReadonlyMap<Id, AuthorFacts>): Absence[] {
  const hiding = reasonsAtHome(facts, viewer, people).map(({ reason, personId }) => closedBy(reason, personId));
  const cause = absenceAtHome(toEntry(facts), viewer);
  return cause === null ? hiding : [...hiding, closedBy(cause, facts.actorId)];
}

/** A list that should have the entry, and has not. What is the viewer's own or carries a followed hashtag needs none. */
async function undelivered(
  { store, fame, now }: ExplainDeps,
  viewer: ViewerPoint,
  facts: EntryFacts,
): Promise<Absence[]> {
  const { id, actorId } = facts;
  if (actorId === viewer.viewerId || followedHashtag(toEntry(facts), viewer) !== null) return [];
  const slice = await store.read(viewer.viewerId, { beforeId: justAbove(id), limit: 1 }).catch((error: unknown) => {
    if (!isUnavailable(error)) throw error;
    // Who reads now reads without a list.
    return null;
  });
  // A list that is missing, or lacks a followee, is built when it is read; what lies below it comes from the primary.
  const list = listedIn(slice, viewer, { fame: await fame.known(), nowMs: now() });
  if (list === null || id < list.completeFrom || list.ids[0] === id || list.pulled.includes(actorId)) return [];
  return [{ ...closedBy('NOT_DELIVERED_YET', actorId), waitingMs: Math.max(0, now() - timeOfId(id)) }];
}
