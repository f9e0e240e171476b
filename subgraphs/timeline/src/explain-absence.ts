import { absenceAtHome, followedHashtag, type HomeAbsence } from '@starling/domain/home-timeline.ts';
import { justAbove, newestFirst, timeOfId, type Id } from '@starling/domain/ids.ts';
import type { AuthorFacts, Reason } from '@starling/domain/visibility.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { listedIn } from './listed.ts';
import { loadPeople } from './people.ts';
import { readHome, type HomeDeps } from './read-home.ts';
import { hiddenBy, toEntry } from './rules.ts';
import type { HomeEntry } from './timeline-page.ts';
import { viewpointOf, type ViewerPoint } from './viewpoint.ts';

export type ExplainDeps = HomeDeps & {
  graph: Pick<Graph<CallContext>, 'getFollowEnds'>;
  tweets: Pick<Tweets<CallContext>, 'findRetweets'>;
  now: () => number;
};

/** What closes one way into a home timeline: a rule, the delivery that is still under way, or another way. */
export type Absence = {
  cause: Reason | HomeAbsence | 'NOT_DELIVERED_YET' | 'RETWEET_COLLAPSED';
  /** Who put the entry there. */
  actorId: Id;
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
 * one for each retweet by the viewer or somebody the viewer follows. The newest that is open shows it always: so collapsing
 * keeps no tweet out, but ways to it. Null for a tweet that never was.
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
  const closed = new Map<Id, Absence>();
  for (const facts of ways.toSorted((a, b) => newestFirst(a.id, b.id))) {
    const absence = ruledOut(facts, viewer, people) ?? (await undelivered(deps, viewer, facts));
    if (absence === null) return shownBy(deps, call, viewer, facts);
    closed.set(facts.id, absence);
  }
  const absences = ways.flatMap(({ id }) => closed.get(id) ?? []);
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
  return { shown, viewer, absences };
}

function closedBy(cause: Absence['cause'], actorId: Id): Absence {
  return { cause, actorId, waitingMs: null, sinceMs: null };
}

/** Says since when those are not followed whom the viewer does not follow. */
async function datedFrom(
  graph: ExplainDeps['graph'],
  call: CallContext,
  viewerId: Id,
  absences: readonly Absence[],
): Promise<Absence[]> {
  const otherIds = absences.flatMap(({ cause, actorId }) => (cause === 'NOT_FOLLOWING' ? actorId : []));
  if (otherIds.length === 0) return [...absences];
  const { ends } = await graph.getFollowEnds(call, { userId: viewerId, otherIds });
  const sinceMs = new Map(ends.map(({ otherId, atMs }) => [otherId, Number(atMs)]));
  return absences.map((absence) => {
    return absence.cause === 'NOT_FOLLOWING' ? { ...absence, sinceMs: sinceMs.get(absence.actorId) ?? null } : absence;
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

/** What hides a tweet is said before what leaves it out: it is so wherever one looks. */
function ruledOut(facts: EntryFacts, viewer: ViewerPoint, people: ReadonlyMap<Id, AuthorFacts>): Absence | null {
  const cause = hiddenBy(facts, viewer, people, 'home') ?? absenceAtHome(toEntry(facts), viewer);
  return cause === null ? null : closedBy(cause, facts.actorId);
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
  const list = listedIn(slice, viewer, { fame: await fame.known(), nowMs: now() });
  if (list === null || id < list.completeFrom || list.ids[0] === id || list.pulled.includes(actorId)) return null;
  return { ...closedBy('NOT_DELIVERED_YET', actorId), waitingMs: Math.max(0, now() - timeOfId(id)) };
}
