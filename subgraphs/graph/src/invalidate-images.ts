import type { Id } from '@starling/domain/ids.ts';
import type { VersionedCache } from '@starling/kit/cache/port.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { relationTopic } from '@starling/schema/events/relation-v1.ts';
import type { RelationImage } from './store/relations.ts';

type Images = Pick<VersionedCache<RelationImage>, 'invalidate'>;

/**
 * After a commit and before its answer: no image older than these revisions is served from now on. A cache that is away
 * does not fail the mutation, which stands; the events of the change invalidate once more.
 */
export async function invalidateImages(
  { images, logger }: { images: Images; logger: ErrorLog },
  revisions: ReadonlyMap<Id, bigint>,
): Promise<void> {
  try {
    await Promise.all(Array.from(revisions, ([id, revision]) => images.invalidate(id, revision)));
  } catch (error) {
    logger.error(
      { error, people: revisions.size },
      'Relation images could not be invalidated; their events will do it',
    );
  }
}

/** The same from the events, for whoever crashed in between. Throws StarlingError UNAVAILABLE while the cache is away. */
export async function invalidateFromEvents(images: Images, values: readonly string[]): Promise<void> {
  const revisions = new Map<Id, number>();
  const raise = (id: Id, revision: number) => revisions.set(id, Math.max(revision, revisions.get(id) ?? 0));
  for (const value of values) {
    const event = relationTopic.parse(value);
    raise(event.actorId, event.revision);
    if (event.targetRevision !== null) raise(event.targetId, event.targetRevision);
  }
  try {
    await Promise.all(Array.from(revisions, ([id, revision]) => images.invalidate(id, BigInt(revision))));
  } catch (cause) {
    throw new StarlingError('UNAVAILABLE', 'The cache of relations cannot be reached', {}, { cause });
  }
}
