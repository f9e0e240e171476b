import { AFTER_EVERY_ID, firstIdAt, type Id } from '@starling/domain/ids.ts';
import { fillPage, type FilledPage } from '@starling/kit/fill-page.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import type { Factors } from '@starling/domain/ranking.ts';
import { keepAtHome, readHome } from '../read-home.ts';
import type { HomeEntry } from '../timeline-page.ts';
import { viewpointOf, type ViewerPoint } from '../viewpoint.ts';
import { keptOrder, type KeptOrderDeps } from './kept-orders.ts';
import { makeOrder, type NewEpoch, type OrderDeps } from './make-order.ts';
import { collapsedFromBelow, entriesAfter, type RankedOrder } from './ranked-order.ts';
import type { Epoch, RankedPlace } from './ranked-place.ts';

export type RankedDeps = OrderDeps & KeptOrderDeps;

export type RankedRequest = {
  viewerId: Id;
  first: number;
  /** Exclusive; null for a new epoch. */ after: RankedPlace | null;
};

/** `viewer` is by whose relations it is shown; `rank` is that of its place. */
export type RankedEntry = RankedPlace & {
  facts: HomeEntry;
  viewer: ViewerPoint;
  rank: (Factors & { score: number }) | null;
};
export type RankedPage = FilledPage<RankedPlace, RankedEntry>;

/**
 * A page of the home timeline in its ranked order. The order is that of the first page's moment and does not change, so nothing
 * is repeated and nothing passed over; what may no longer be seen is left out at each read. Of entries that are one the next one
 * takes the place then. Below what is ranked the timeline goes on newest first, without what is one with something above.
 */
export async function readRanked(deps: RankedDeps, call: CallContext, request: RankedRequest): Promise<RankedPage> {
  const { viewerId, first, after } = request;
  if (after?.score === null) return readBelow(deps, call, { viewerId, first, epoch: after.epoch, belowId: after.id });
  const order = await orderIn(deps, call, viewerId, after?.epoch ?? { id: firstIdAt(deps.now()) });
  const page = await readOrder(deps, call, request, order);
  const { epoch } = order;
  if (page.hasNextPage || epoch.floorId === null) return page;
  const missing = first - page.kept.length;
  if (missing === 0) return { ...page, hasNextPage: true };
  const below = await readBelow(deps, call, { viewerId, first: missing, epoch, belowId: epoch.floorId });
  return { ...below, kept: [...page.kept, ...below.kept] };
}

function orderIn(deps: RankedDeps, call: CallContext, viewerId: Id, epoch: NewEpoch | Epoch): Promise<RankedOrder> {
  const make = async () => (await makeOrder(deps, call, viewerId, epoch)).order;
  return keptOrder(deps, { viewerId, epochId: epoch.id }, make);
}

/** `ways`: the entry and those that are one with it, in the order in which they take the place. */
type Candidate = RankedPlace & Pick<RankedEntry, 'rank'> & { ways: EntryFacts[] };

/** By relations and facts as they are now. */
async function readOrder(
  deps: RankedDeps,
  call: CallContext,
  { viewerId, first, after }: RankedRequest,
  order: RankedOrder,
): Promise<RankedPage> {
  const viewer = await viewpointOf(deps.graph, call, viewerId);
  const visible = new Set<EntryFacts>();
  const seen = ({ ways }: Candidate) => ways.filter((one) => visible.has(one));
  const { kept, ...page } = await fillPage<RankedPlace, Candidate>(
    { first, after, budget: deps.scanBudget?.(first) },
    {
      read: (place, limit) => readCandidates(deps, call, order, place, limit),
      async keep(candidates) {
        const ways = candidates.flatMap((candidate) => candidate.ways);
        for (const facts of await keepAtHome(deps.users, call, viewer, ways)) visible.add(facts);
        return candidates.filter((candidate) => seen(candidate).length > 0);
      },
    },
  );
  return {
    ...page,
    kept: kept.flatMap((candidate) => {
      const [facts, ...collapsed] = seen(candidate);
      const { ways: _, ...entry } = candidate;
      return facts ? { ...entry, facts: { ...facts, collapsed }, viewer } : [];
    }),
  };
}

async function readCandidates(
  { tweets }: RankedDeps,
  call: CallContext,
  order: RankedOrder,
  place: RankedPlace | null,
  limit: number,
): Promise<Candidate[]> {
  const from = place && place.score !== null ? { id: place.id, score: place.score } : null;
  const next = entriesAfter(order, from, limit);
  if (next.length === 0) return [];
  const known = await factsById(
    tweets,
    call,
    next.flatMap(({ id, collapsedIds }) => [id, ...collapsedIds]),
  );
  return next.map(({ id, score, factors, collapsedIds }) => ({
    ...{ id, epoch: order.epoch, score },
    rank: { score, ...factors },
    ways: [id, ...collapsedIds].flatMap((one) => known.get(one) ?? []),
  }));
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

/** Newest first. What is one with something above is what the order tells, whoever has come or gone since. */
async function readBelow(
  deps: RankedDeps,
  call: CallContext,
  { viewerId, first, epoch, belowId }: { viewerId: Id; first: number; epoch: Epoch; belowId: Id },
): Promise<RankedPage> {
  const elsewhere = async () => collapsedFromBelow(await orderIn(deps, call, viewerId, epoch));
  const stretch = { beforeId: epoch.floorId ?? AFTER_EVERY_ID, elsewhere };
  const page = await readHome(deps, call, { viewerId, first, after: { id: belowId }, stretch });
  const { viewer, kept, end, hasNextPage } = page;
  const place = (id: Id) => ({ id, epoch, score: null });
  return {
    kept: kept.map((facts) => ({ ...place(facts.id), facts, viewer, rank: null })),
    end: end && place(end.id),
    hasNextPage,
  };
}
