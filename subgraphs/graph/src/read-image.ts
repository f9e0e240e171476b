import type { Id } from '@starling/domain/ids.ts';
import type { VersionedCache } from '@starling/kit/cache/port.ts';
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
  const cached = await readCachedImage(deps, userId);
  if (cached !== null) return cached;
  const image = await readStoredImage(deps.pool, userId);
  await fill(deps, userId, image);
  return image;
}

/** Null if it is not there, or the cache is away. */
async function readCachedImage({ images, logger }: Omit<ImageDeps, 'pool'>, userId: Id): Promise<Image | null> {
  try {
    return (await images.getMany([userId])).get(userId) ?? null;
  } catch (error) {
    logger.error({ error }, 'The cache of relations cannot be read; the store answers');
    return null;
  }
}

async function fill({ images, logger }: ImageDeps, userId: Id, { revision, value }: Image): Promise<void> {
  try {
    await images.putIfNewer(userId, revision, value);
  } catch (error) {
    logger.error({ error }, 'The cache of relations cannot be filled');
  }
}
