import { firstIdAt, type Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { makeOrder } from './make-order.ts';
import type { RankedDeps } from './read-ranked.ts';

/**
 * Below how many entries a tweet stands in the ranked order, were it made now. Of a tweet that is not among those ranked: how
 * many are.
 */
export async function countRankedAbove(
  deps: RankedDeps,
  call: CallContext,
  { viewerId, tweetId }: { viewerId: Id; tweetId: Id },
): Promise<number> {
  const { order, entries } = await makeOrder(deps, call, viewerId, { id: firstIdAt(deps.now()) });
  const itsIds = new Set(entries.filter((entry) => entry.tweetId === tweetId).map(({ id }) => BigInt(id)));
  const place = order.ids.findIndex((id) => itsIds.has(id));
  return place === -1 ? order.ids.length : place;
}
