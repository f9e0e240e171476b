import type { Id } from '@starling/domain/ids.ts';
import type { Relation } from '@starling/domain/visibility.ts';
import type { ReadTickets, VersionedCache, VersionedRead } from '@starling/kit/cache/port.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import { readImage as readStoredImage, type RelationImage } from './store/relations.ts';

export type Image = { revision: bigint; value: RelationImage };

export type ImageDeps = {
  pool: Queryable;
  images: Pick<VersionedCache<RelationImage>, 'getMany' | 'putIfNewer'>;
  logger: ErrorLog;
};

/** From the cache, which no mutation leaves behind with an older image; else from the store, which fills the cache. */
export async function readImage(deps: ImageDeps, userId: Id): Promise<Image> {
  const cached = await readCache(deps, userId);
  const held = cached?.images.get(userId);
  if (held && isWhole(held.value)) return held;
  const image = await readStoredImage(deps.pool, userId);
  if (cached) await fill(deps, userId, image, cached.tickets);
  return image;
}

/** Images that the version before has cached lack the hashtags; they expire within the hour. */
function isWhole(value: Partial<RelationImage>): boolean {
  return value.hashtags !== undefined;
}

/** How the person of the image stands to anybody. */
export function relationsIn({ following, blocking, blockedBy, muting }: RelationImage): (otherId: Id) => Relation {
  const [follows, blocks] = [new Set(following), new Set(blocking)];
  const [blockers, mutes] = [new Set(blockedBy), new Set(muting)];
  return (id) => ({
    following: follows.has(id),
    blocking: blocks.has(id),
    blockedBy: blockers.has(id),
    muting: mutes.has(id),
  });
}

/** Null if the cache is away. */
async function readCache(
  { images, logger }: Omit<ImageDeps, 'pool'>,
  userId: Id,
): Promise<VersionedRead<RelationImage> | null> {
  try {
    return await images.getMany([userId]);
  } catch (error) {
    logger.error({ error }, 'The cache of relations cannot be read; the store answers');
    return null;
  }
}

async function fill(
  { images, logger }: ImageDeps,
  userId: Id,
  { revision, value }: Image,
  tickets: ReadTickets,
): Promise<void> {
  try {
    await images.putIfNewer(userId, revision, value, tickets);
  } catch (error) {
    logger.error({ error }, 'The cache of relations cannot be filled');
  }
}
