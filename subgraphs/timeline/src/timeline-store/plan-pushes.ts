import type { Id } from '@starling/domain/ids.ts';
import type { Bucket } from '@starling/kit/redis/redis-buckets.ts';
import type { Delivery } from './port.ts';

/** What one script call pushes. */
export type PushCall = {
  /** A part of the store that all its lists lie in. */
  part: string;
  keys: string[];
  args: (string | number)[];
  weight: number;
  deliveries: DeliveryPart[];
};

/** Of a delivery, by its place among all: what one script call can take of its entries. */
type DeliveryPart = Delivery & { of: number; isFirst: boolean };

/** One script call pushes about so many entries: one or two milliseconds of Redis, and more would be no faster. */
const PUSHES_A_CALL = 500;
const IDS_A_DELIVERY = 1_000;

export type Placing = {
  bucketOf(id: Id): Bucket;
  /** Of the store, that the lists of a bucket lie in; null if they are to be left out. */
  partOf(bucket: Bucket): string | null;
};

/** As few calls as there may be. */
export function planPushes(deliveries: readonly Delivery[], { bucketOf, partOf }: Placing): PushCall[] {
  const calls: PushCall[] = [];
  const open = new Map<string, PushCall & { countAt: number }>();
  for (const delivery of deliveries.flatMap(splitEntries)) {
    for (const followerId of delivery.followerIds) {
      const bucket = bucketOf(followerId);
      const part = partOf(bucket);
      if (part === null) continue;
      let call = open.get(part);
      if (call === undefined || call.weight >= PUSHES_A_CALL) {
        call = { part, keys: [], args: [], weight: 0, deliveries: [], countAt: 0 };
        open.set(part, call);
        calls.push(call);
      }
      if (call.deliveries.at(-1) !== delivery) {
        call.deliveries.push(delivery);
        call.countAt = call.args.length;
        call.args.push(0, delivery.entryIds.length, ...delivery.entryIds);
      }
      call.keys.push(listKey(bucket, followerId));
      call.args[call.countAt] = Number(call.args[call.countAt]) + 1;
      call.weight += delivery.entryIds.length;
    }
  }
  return calls;
}

export function listKey(bucket: Bucket, viewerId: Id): string {
  return `${bucket}home:${viewerId}`;
}

function splitEntries({ followerIds, entryIds }: Delivery, of: number): DeliveryPart[] {
  const parts: DeliveryPart[] = [];
  for (let start = 0; start < entryIds.length; start += IDS_A_DELIVERY)
    parts.push({ followerIds, entryIds: entryIds.slice(start, start + IDS_A_DELIVERY), of, isFirst: start === 0 });
  return parts;
}
