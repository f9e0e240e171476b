import type { Id } from '@starling/domain/ids.ts';
import type { VersionedCache } from '@starling/kit/cache/port.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { relationTopic } from '@starling/schema/events/relation-v1.ts';
import type { CachedPeople } from './cached-people.ts';
import type { Pair } from './store/edges.ts';
import type { RelationImage } from './store/relations.ts';

type Images = Pick<VersionedCache<RelationImage>, 'invalidate'>;

/**
 * Before a commit: no image older than what is to be committed is served or accepted any more, so nobody can be shown what
 * the change forbids once it stands. If it is not committed after all, these images are read from the store for a while.
 * Throws StarlingError UNAVAILABLE if the cache is away. Then nothing may be committed: others may still reach the cache, or
 * will again, with images that nobody could have warned them of.
 */
export async function announceChange(images: Images, revisions: ReadonlyMap<Id, bigint>): Promise<void> {
  if (revisions.size === 0) return;
  try {
    await images.invalidate(revisions);
  } catch (cause) {
    throw new StarlingError('UNAVAILABLE', 'The cache of relations cannot be reached', {}, { cause });
  }
}

/**
 * After a commit and before its answer, should the cache have forgotten what was announced and a reader have brought an image
 * of before. What fails here is done by the events of the change; the change stands.
 */
export async function confirmChange(
  { images, logger }: { images: Images; logger: ErrorLog },
  revisions: ReadonlyMap<Id, bigint>,
): Promise<void> {
  if (revisions.size === 0) return;
  try {
    await images.invalidate(revisions);
  } catch (error) {
    logger.error(
      { error, people: revisions.size },
      'Relation images could not be invalidated again; their events will do it',
    );
  }
}

/** The same from the events, for whoever crashed in between. Throws StarlingError UNAVAILABLE while the cache is away. */
export async function invalidateFromEvents(
  { images, people }: { images: Images; people: Pick<CachedPeople, 'mustForget'> },
  values: readonly string[],
): Promise<void> {
  const follows: Pair[] = [];
  const revisions = new Map<Id, bigint>();
  const raise = (id: Id, revision: number) => {
    if (BigInt(revision) > (revisions.get(id) ?? 0n)) revisions.set(id, BigInt(revision));
  };
  for (const value of values) {
    const event = relationTopic.parse(value);
    raise(event.actorId, event.revision);
    if ('targetRevision' in event && event.targetRevision !== null) raise(event.targetId, event.targetRevision);
    if (event.type === 'user.followed' || event.type === 'user.unfollowed') follows.push(event);
  }
  await announceChange(images, revisions);
  await people.mustForget({ pairs: follows });
}
