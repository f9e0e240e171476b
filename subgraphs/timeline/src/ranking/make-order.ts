import { kindAtHome } from '@starling/domain/home-timeline.ts';
import { justAbove, timeOfId, AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { scoreOf, type Engagement, type Factors, type Ranker, type RankFacts } from '@starling/domain/ranking.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { readHome, type HomeDeps } from '../read-home.ts';
import { toEntry } from '../rules.ts';
import type { Place } from '../timeline-page.ts';
import type { ViewerPoint } from '../viewpoint.ts';
import { orderOf, rankedOf, type RankedId, type RankedOrder } from './ranked-order.ts';
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
  const stretch =
    'beforeId' in asked
      ? await readStretch(deps, call, viewerId, asked)
      : await readNewest(deps, call, viewerId, asked);
  const { entries, epoch, viewer } = stretch;
  const atMs = timeOfId(epoch.id);
  const [engagement, affinities] = await Promise.all([
    engagementOf(deps, call, entries),
    affinitiesOf(deps, call, { viewerId, atMs }),
  ]);
  const facts = entries.map((entry) => rankFactsOf(entry, { viewer, atMs, engagement, affinities }));
  const factors = checkFactors(await deps.ranker(viewerId, facts), entries.length);
  const ranked = entries.flatMap(({ id, tweetId }, index) =>
    factors.slice(index, index + 1).map((one) => ({ id, tweetId, factors: one, collapsedIds: [] })),
  );
  return { order: orderOf(epoch, oneATweet(rankedOf(ranked), stretch, deps)), entries };
}

/** Throws for what no order can be made of, and no score shown. */
function checkFactors(factors: readonly Factors[], count: number): readonly Factors[] {
  if (factors.length !== count) throw new Error('A ranker must give factors for every entry.');
  const isFactor = (one: number) => one > 0 && Number.isFinite(one);
  // No cursor can hold a score that is infinite.
  const makeScore = (each: Factors) =>
    [each.affinity, each.weight, each.decay].every(isFactor) && Number.isFinite(scoreOf(each));
  if (!factors.every(makeScore))
    throw new Error('A ranker must give factors that are positive and finite, and whose product is finite.');
  return factors;
}

/** `entries` stand in the order LATEST; `visible` are they and what has collapsed, to some way below the floor. Newest first. */
type Stretch = { entries: EntryFacts[]; visible: EntryFacts[]; epoch: Epoch; viewer: ViewerPoint };

/**
 * The order LATEST keeps entries of one tweet apart that stand far from each other; their scores would bring them together. So the
 * highest stands for all, and for those below the floor that it makes drop.
 */
function oneATweet(
  ranked: readonly (RankedId & Pick<EntryFacts, 'tweetId'>)[],
  { visible, epoch }: Stretch,
  { collapseWithin }: OrderDeps,
): RankedId[] {
  if (collapseWithin === 0) return [...ranked];
  const highest = new Map<Id, RankedId>();
  for (const { tweetId, ...entry } of ranked) if (!highest.has(tweetId)) highest.set(tweetId, entry);
  const belong = visible.filter(({ id, tweetId }, index) => {
    const newer = visible.slice(Math.max(0, index - collapseWithin), index);
    return isWithin(epoch, id) || newer.some((one) => isWithin(epoch, one.id) && one.tweetId === tweetId);
  });
  const byTweet = Map.groupBy(belong, ({ tweetId }) => tweetId);
  return Array.from(highest, ([tweetId, entry]) => {
    const others = (byTweet.get(tweetId) ?? []).filter(({ id }) => id !== entry.id);
    return { ...entry, collapsedIds: others.map(({ id }) => id) };
  });
}

function isWithin({ floorId }: Epoch, id: Id): boolean {
  return id >= (floorId ?? '');
}

/** Where nearly everything is hidden, fewer than there may be: what follows is then read newest first. */
async function readNewest(deps: OrderDeps, call: CallContext, viewerId: Id, { id }: NewEpoch): Promise<Stretch> {
  const page = await readHome(deps, call, { viewerId, first: deps.rankedCandidates, after: null });
  const { kept: entries, visible, viewer } = page;
  const floorId = page.hasNextPage ? (page.end?.id ?? null) : null;
  const newest = entries[0];
  const beforeId = newest ? justAbove(newest.id) : (floorId ?? AFTER_EVERY_ID);
  return { entries, visible, epoch: { id, beforeId, floorId }, viewer };
}

/** One read found the stretch; it may hold more by now, and hide more. */
const READS_AGAIN = 4;

/**
 * As if nothing had come since. What so many reads do not come to is read newest first: some of it may have been on an earlier page, but
 * nothing is passed over.
 */
async function readStretch(deps: OrderDeps, call: CallContext, viewerId: Id, epoch: Epoch): Promise<Stretch> {
  const asThen = { beforeId: epoch.beforeId };
  const read = (after: Place) =>
    readHome(deps, call, { viewerId, first: deps.rankedCandidates, after, stretch: asThen });
  const entries: EntryFacts[] = [];
  const visible = new Map<Id, EntryFacts>();
  let page = await read({ id: epoch.beforeId });
  for (let reads = 1; ; reads += 1) {
    entries.push(...page.kept.filter(({ id }) => isWithin(epoch, id)));
    for (const facts of page.visible) visible.set(facts.id, facts);
    const { end, viewer } = page;
    const stretch = { entries, visible: [...visible.values()], viewer };
    if (!page.hasNextPage || end === null || (epoch.floorId !== null && end.id <= epoch.floorId))
      return { ...stretch, epoch };
    if (reads === READS_AGAIN) return { ...stretch, epoch: { ...epoch, floorId: end.id } };
    page = await read(end);
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
