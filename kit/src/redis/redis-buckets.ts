import { crc32 } from 'node:zlib';

/** A hash tag: keys that begin with the same one lie in the same slot, so that one script may touch them on Redis Cluster. */
export type Bucket = string;

export type Buckets = {
  all: readonly Bucket[];
  /** The same for the same id in every process, always. */
  of(id: string): Bucket;
};

/**
 * A fixed number of buckets named `{<prefix><number>}`. Another number would place ids elsewhere, so it never changes for
 * data that must be found again.
 */
export function createBuckets(prefix: string, count: number): Buckets {
  const all = Array.from({ length: count }, (_, number) => `{${prefix}${number}}`);
  const placeOf = (id: string): number => crc32(id) % count;
  return { all, of: (id) => all[placeOf(id)] as Bucket };
}

/**
 * Items that one script call may take together: by bucket on Redis Cluster; all of them on a single server, which knows no
 * slots. `bucket` says where to send the call.
 */
export function groupForScripts<Item>(
  items: Iterable<Item>,
  { bucketOf, isCluster, max }: { bucketOf(item: Item): Bucket; isCluster: boolean; max: number },
): { bucket: Bucket; items: Item[] }[] {
  const open = new Map<string, { bucket: Bucket; items: Item[] }>();
  const groups: { bucket: Bucket; items: Item[] }[] = [];
  for (const item of items) {
    const bucket = bucketOf(item);
    const tag = isCluster ? bucket : '';
    let group = open.get(tag);
    if (group === undefined || group.items.length >= max) {
      group = { bucket, items: [] };
      open.set(tag, group);
      groups.push(group);
    }
    group.items.push(item);
  }
  return groups;
}
