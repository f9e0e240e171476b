import { firstIdAt, type Id } from '@starling/domain/ids.ts';
import { fillPage, type FilledPage } from '@starling/kit/fill-page.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import type { Factors } from '@starling/domain/ranking.ts';
import { candidatesOf, factsOf } from '../candidates.ts';
import { keepAtHome, readHome } from '../read-home.ts';
import type { HomeEntry } from '../timeline-page.ts';
import { viewpointOf, type ViewerPoint } from '../viewpoint.ts';
import { makeOrder, type NewEpoch, type OrderDeps } from './make-order.ts';
import { entriesAfter, type RankedOrder } from './ranked-order.ts';
import type { Epoch, RankedPlace } from './ranked-place.ts';

export type RankedDeps = OrderDeps & {
  /** Milliseconds for which an order is kept after its first page. */
  rankedForMs: number;
  now: () => number;
};

export type RankedRequest = {
  viewerId: Id;
  first: number;
  /** Exclusive; null for a new epoch. */ after: RankedPlace | null;
};

/** `viewer` is by whose relations it is shown. */
export type RankedEntry = RankedPlace & {
  facts: HomeEntry;
  viewer: ViewerPoint;
  rank: (Factors & { score: number }) | null;
};
export type RankedPage = FilledPage<RankedPlace, RankedEntry>;

/**
 * A page of the home timeline in its ranked order. The order is that of the first page's moment and does not change, so nothing
 * is repeated and nothing passed over; what may no longer be seen is left out at each read, also of what has collapsed into an
 * entry. Below what is ranked the timeline goes on newest first.
 */
export async function readRanked(deps: RankedDeps, call: CallContext, request: RankedRequest): Promise<RankedPage> {
  const { viewerId, first, after } = request;
  if (after !== null && after.ranked === null) return readBelow(deps, call, request, after.id);
  const order = await orderIn(deps, call, viewerId, after?.ranked?.epoch ?? { id: firstIdAt(deps.now()) });
  const page = await readOrder(deps, call, request, order);
  const { floorId } = order.epoch;
  if (page.hasNextPage || floorId === null) return page;
  const missing = first - page.kept.length;
  if (missing === 0) return { ...page, hasNextPage: true };
  const below = await readBelow(deps, call, { viewerId, first: missing }, floorId);
  return { ...below, kept: [...page.kept, ...below.kept] };
}

/** As it is kept; made, also again, where it is not. */
function orderIn(deps: RankedDeps, call: CallContext, viewerId: Id, epoch: NewEpoch | Epoch): Promise<RankedOrder> {
  const make = async () => (await makeOrder(deps, call, viewerId, epoch)).order;
  return deps.images.getOrLoad(`timeline:order:${viewerId}:${epoch.id}`, make, { ttlMs: deps.rankedForMs });
}

type Candidate = RankedPlace & Pick<RankedEntry, 'rank'> & { facts: HomeEntry | null };

/** By relations and facts as they are now. */
async function readOrder(
  deps: RankedDeps,
  call: CallContext,
  { viewerId, first, after }: RankedRequest,
  order: RankedOrder,
): Promise<RankedPage> {
  const viewer = await viewpointOf(deps.graph, call, viewerId);
  const visible = new Set<EntryFacts>();
  const { kept, ...page } = await fillPage<RankedPlace, Candidate>(
    { first, after, budget: deps.scanBudget?.(first) },
    {
      read: (place, limit) => readCandidates(deps, call, order, place, limit),
      async keep(candidates) {
        const collapsed = candidates.flatMap(({ facts }) => facts?.collapsed ?? []);
        const found = await keepAtHome(deps.users, call, viewer, [...factsOf(candidates), ...collapsed]);
        for (const facts of found) visible.add(facts);
        return candidatesOf(candidates, found);
      },
    },
  );
  const stillNamed = ({ collapsed, ...facts }: HomeEntry) => ({
    ...facts,
    collapsed: collapsed.filter((one) => visible.has(one)),
  });
  return {
    ...page,
    kept: kept.flatMap(({ facts, ...entry }) => (facts ? { ...entry, facts: stillNamed(facts), viewer } : [])),
  };
}

async function readCandidates(
  { tweets }: RankedDeps,
  call: CallContext,
  order: RankedOrder,
  place: RankedPlace | null,
  limit: number,
): Promise<Candidate[]> {
  const from = place?.ranked ? { id: place.id, score: place.ranked.score } : null;
  const next = entriesAfter(order, from, limit);
  if (next.length === 0) return [];
  const known = await factsById(
    tweets,
    call,
    next.flatMap(({ id, collapsedIds }) => [id, ...collapsedIds]),
  );
  return next.map(({ id, score, factors, collapsedIds }) => {
    const facts = known.get(id);
    return {
      id,
      ranked: { epoch: order.epoch, score },
      rank: { score, ...factors },
      facts: facts ? { ...facts, collapsed: collapsedIds.flatMap((one) => known.get(one) ?? []) } : null,
    };
  });
}

const IDS_A_CALL = 1_000;

async function factsById(
  tweets: RankedDeps['tweets'],
  call: CallContext,
  ids: readonly Id[],
): Promise<Map<Id, EntryFacts>> {
  const asking: ReturnType<typeof tweets.getEntries>[] = [];
  for (let start = 0; start < ids.length; start += IDS_A_CALL)
    asking.push(tweets.getEntries(call, { ids: ids.slice(start, start + IDS_A_CALL) }));
  const answers = await Promise.all(asking);
  return new Map(answers.flatMap(({ entries }) => entries.map((entry) => [entry.id, entry])));
}

/** Newest first. */
async function readBelow(
  deps: RankedDeps,
  call: CallContext,
  { viewerId, first }: Pick<RankedRequest, 'viewerId' | 'first'>,
  belowId: Id,
): Promise<RankedPage> {
  const { viewer, kept, end, hasNextPage } = await readHome(deps, call, { viewerId, first, after: { id: belowId } });
  const place = (id: Id) => ({ id, ranked: null });
  return {
    kept: kept.map((facts) => ({ ...place(facts.id), facts, viewer, rank: null })),
    end: end && place(end.id),
    hasNextPage,
  };
}
