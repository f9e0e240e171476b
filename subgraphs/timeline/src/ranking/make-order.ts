import { kindAtHome } from '@starling/domain/home-timeline.ts';
import { justAbove, timeOfId, AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import type { Engagement, Ranker, RankFacts } from '@starling/domain/ranking.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { readHome, type HomeDeps } from '../read-home.ts';
import { toEntry } from '../rules.ts';
import type { HomeEntry, Place } from '../timeline-page.ts';
import type { ViewerPoint } from '../viewpoint.ts';
import { orderOf, type RankedOrder } from './ranked-order.ts';
import type { Epoch } from './ranked-place.ts';
import { affinitiesOf, STRANGER, type Affinities, type AffinityDeps } from './viewer-affinities.ts';

export type OrderDeps = HomeDeps &
  AffinityDeps & {
    tweets: Pick<Tweets<CallContext>, 'getCounters'>;
    ranker: Ranker;
    /** The newest entries that are ranked. */
    rankedCandidates: number;
  };

/** A new epoch: only its moment is known. */
export type NewEpoch = Pick<Epoch, 'id'>;

/** The order, and what it is about: the entries newest first. */
export type MadeOrder = { order: RankedOrder; entries: readonly EntryFacts[] };

/**
 * Ranks the newest entries of the home timeline as of the epoch's moment; for an epoch that was made before, those of its
 * stretch. Made again, the order is the same but for what has become visible or invisible since, for engagement, which is
 * known only as it is now, and for what the viewer has taken back or graph has forgotten: by these an entry's score may have changed.
 */
export async function makeOrder(
  deps: OrderDeps,
  call: CallContext,
  viewerId: Id,
  asked: NewEpoch | Epoch,
): Promise<MadeOrder> {
  const { entries, epoch, viewer } =
    'beforeId' in asked
      ? await readStretch(deps, call, viewerId, asked)
      : await readNewest(deps, call, viewerId, asked);
  const atMs = timeOfId(epoch.id);
  const [engagement, affinities] = await Promise.all([
    engagementOf(deps, call, entries),
    affinitiesOf(deps, call, { viewerId, atMs }),
  ]);
  const facts = entries.map((entry) => rankFactsOf(entry, { viewer, atMs, engagement, affinities }));
  const factors = await deps.ranker(viewerId, facts);
  if (factors.length !== entries.length) throw new Error('A ranker must give factors for every entry.');
  const ranked = entries.flatMap(({ id, collapsed }, index) =>
    factors
      .slice(index, index + 1)
      .map((one) => ({ id, factors: one, collapsedIds: collapsed.map((entry) => entry.id) })),
  );
  return { order: orderOf(epoch, ranked), entries };
}

type Stretch = { entries: HomeEntry[]; epoch: Epoch; viewer: ViewerPoint };

/** Where nearly everything is hidden, fewer than there may be: what follows is then read newest first. */
async function readNewest(deps: OrderDeps, call: CallContext, viewerId: Id, { id }: NewEpoch): Promise<Stretch> {
  const page = await readHome(deps, call, { viewerId, first: deps.rankedCandidates, after: null });
  const floorId = page.hasNextPage ? (page.end?.id ?? null) : null;
  const newest = page.kept[0];
  const beforeId = newest ? justAbove(newest.id) : (floorId ?? AFTER_EVERY_ID);
  return { entries: page.kept, epoch: { id, beforeId, floorId }, viewer: page.viewer };
}

/** One read found the stretch; it may hold more by now, and hide more. */
const READS_AGAIN = 4;

async function readStretch(deps: OrderDeps, call: CallContext, viewerId: Id, epoch: Epoch): Promise<Stretch> {
  const floorId = epoch.floorId ?? '';
  const entries: HomeEntry[] = [];
  const read = (after: Place) => readHome(deps, call, { viewerId, first: deps.rankedCandidates, after });
  let page = await read({ id: epoch.beforeId });
  for (let reads = 1; ; reads += 1) {
    entries.push(...page.kept.filter(({ id }) => id >= floorId));
    if (reads === READS_AGAIN || !page.hasNextPage || page.end === null || page.end.id <= floorId)
      return { entries, epoch, viewer: page.viewer };
    page = await read(page.end);
  }
}

const IDS_A_CALL = 1_000;

async function engagementOf(
  { tweets }: OrderDeps,
  call: CallContext,
  entries: readonly EntryFacts[],
): Promise<Map<Id, Engagement>> {
  const ids = [...new Set(entries.map(({ tweetId }) => tweetId))];
  const found = new Map<Id, Engagement>();
  for (let start = 0; start < ids.length; start += IDS_A_CALL) {
    const { counters } = await tweets.getCounters(call, { ids: ids.slice(start, start + IDS_A_CALL) });
    for (const { tweetId, likeCount, retweetCount, quoteCount, replyCount } of counters)
      found.set(tweetId, { likes: likeCount, retweets: retweetCount, quotes: quoteCount, replies: replyCount });
  }
  return found;
}

const NO_ENGAGEMENT: Engagement = { likes: 0, retweets: 0, quotes: 0, replies: 0 };

type Known = { viewer: ViewerPoint; atMs: number; engagement: ReadonlyMap<Id, Engagement>; affinities: Affinities };

/** Of author and retweeter, whoever is closer brings the entry near. */
function rankFactsOf(facts: EntryFacts, { viewer, atMs, engagement, affinities }: Known): RankFacts {
  const entry = toEntry(facts);
  const closeness = [facts.actorId, facts.authorId].map((id) => affinities.get(id) ?? STRANGER);
  return {
    entry,
    kind: kindAtHome(entry, viewer),
    ageMs: atMs - timeOfId(facts.id),
    engagement: engagement.get(facts.tweetId) ?? NO_ENGAGEMENT,
    affinity: Math.max(...closeness),
  };
}
