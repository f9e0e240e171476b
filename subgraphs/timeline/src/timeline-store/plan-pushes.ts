import type { Id } from '@starling/domain/ids.ts';
import type { Bucket } from '@starling/kit/redis/redis-buckets.ts';
import type { Delivery } from './port.ts';

/** What one script call pushes: to parts of the store that lie on one server. */
export type PushCall = { parts: PushPart[] };

export type PushPart = {
  part: string;
  /** The highest of all that is pushed. */
  highest: Id;
  /** As the script takes them: of each delivery how many lists, how many ids, these ids, these lists. */
  args: (string | number)[];
  deliveries: DeliveryPart[];
  /** Each as often as something is pushed to it. */
  lists: string[];
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
  /** Where a part lies, as far as is known. */
  serverOf(part: string): string;
};

/** As few calls as there may be. */
export function planPushes(deliveries: readonly Delivery[], { bucketOf, partOf, serverOf }: Placing): PushCall[] {
  const calls: OpenCall[] = [];
  const open = new Map<string, OpenCall>();
  const servers = new Map<string, string>();
  for (const delivery of deliveries.flatMap(splitEntries)) {
    for (const followerId of delivery.followerIds) {
      const bucket = bucketOf(followerId);
      const part = partOf(bucket);
      if (part === null) continue;
      const server = servers.get(part) ?? serverOf(part);
      servers.set(part, server);
      let call = open.get(server);
      if (call === undefined || call.weight >= PUSHES_A_CALL) {
        call = { parts: new Map(), weight: 0 };
        open.set(server, call);
        calls.push(call);
      }
      addList(partIn(call, part), delivery, listKey(bucket, followerId));
      call.weight += delivery.entryIds.length;
    }
  }
  return calls.map(({ parts }) => ({ parts: [...parts.values()] }));
}

type OpenCall = { parts: Map<string, OpenPart>; weight: number };
type OpenPart = PushPart & { countAt: number };

function partIn({ parts }: OpenCall, name: string): OpenPart {
  const held = parts.get(name);
  if (held) return held;
  const begun = { part: name, highest: '', args: [], deliveries: [], lists: [], countAt: 0 };
  parts.set(name, begun);
  return begun;
}

function addList(part: OpenPart, delivery: DeliveryPart, list: string): void {
  const { args, deliveries } = part;
  if (deliveries.at(-1) !== delivery) {
    deliveries.push(delivery);
    part.countAt = args.length;
    args.push(0, delivery.entryIds.length, ...delivery.entryIds);
    for (const id of delivery.entryIds) if (id > part.highest) part.highest = id;
  }
  args.push(list);
  part.lists.push(list);
  args[part.countAt] = Number(args[part.countAt]) + 1;
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
