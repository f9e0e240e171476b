import { timeOfId, type Id } from '@starling/domain/ids.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { RankedOrder } from './ranked-order.ts';

export type KeptOrderDeps = {
  /** Images of a viewer's own: losing them costs time. */
  images: Cache;
  /** Milliseconds for which an order is kept after it was made. */
  rankedForMs: number;
};

/** Of one viewer: for some devices that scroll at a time, and so that nobody fills the cache with orders. */
const ORDERS_A_VIEWER = 4;

/** The order of an epoch (the first id of its moment), as it is kept; made where it is not. One takes the place of another, by chance. */
export async function keptOrder(
  { images, rankedForMs }: KeptOrderDeps,
  { viewerId, epochId }: { viewerId: Id; epochId: Id },
  make: () => Promise<RankedOrder>,
): Promise<RankedOrder> {
  const key = `timeline:ranked:${viewerId}:${timeOfId(epochId) % ORDERS_A_VIEWER}`;
  const get = () => images.getOrLoad(key, make, { ttlMs: rankedForMs });
  const isIts = ({ epoch }: RankedOrder) => epoch.id === epochId;
  const kept = await get();
  if (isIts(kept)) return kept;
  await images.delete([key]);
  const instead = await get();
  // Somebody scrolls in the other one at the same time.
  return isIts(instead) ? instead : make();
}
