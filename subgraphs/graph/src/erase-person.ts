import type { Id } from '@starling/domain/ids.ts';
import { changeRelations, type ChangeDeps, type RelationChange } from './change-relations.ts';
import { deletePastFollows, findEdgesOf, type EdgeKind, type Pair } from './store/edges.ts';
import { deletePastHashtagFollows, findHashtagsOf } from './store/hashtags.ts';
import { savePeople } from './store/people.ts';
import { deletePublishedEvents } from './store/published-events.ts';
import { awaitProfileOpens, deleteProfileOpensOf } from './store/profile-opens.ts';

export type EraseDeps = ChangeDeps & { eraseBatchSize: number };

type Remove = (change: RelationChange, pairs: readonly Pair[]) => Promise<Pair[]>;

const REMOVALS: readonly { kind: EdgeKind; remove: Remove }[] = [
  { kind: 'request', remove: (change, pairs) => change.removeRequests(pairs) },
  { kind: 'follow', remove: (change, pairs) => change.endFollows(pairs) },
  { kind: 'block', remove: (change, pairs) => change.removeBlocks(pairs) },
  { kind: 'mute', remove: (change, pairs) => change.removeMutes(pairs) },
];

/**
 * Forgets a person: every relation in both directions, followed hashtags, the intervals of past ones, and opened profiles, in batches
 * of bounded size. Other people's counters follow, and events tell of each relation that ended. Only the id, marked as erased, and its
 * revision stay, so that nothing can be related to it again. Repeating it, also after a crash half way, is safe.
 */
export async function erasePerson(deps: EraseDeps, userId: Id): Promise<void> {
  await changeRelations(deps, [userId], async ({ client, personOf }) => {
    const person = personOf(userId);
    person.erased = true;
    await savePeople(client, [person]);
  });
  for (const { kind, remove } of REMOVALS) await removeAll(deps, userId, kind, remove);
  await removeHashtags(deps, userId);
  while ((await deletePastFollows(deps.pool, userId, deps.eraseBatchSize)) > 0);
  while ((await deletePastHashtagFollows(deps.pool, userId, deps.eraseBatchSize)) > 0);
  await awaitProfileOpens(deps.pool);
  while ((await deleteProfileOpensOf(deps.pool, userId, deps.eraseBatchSize)) > 0);
  // What is not yet published tells of the erasure; the retention of the outbox ends it.
  while ((await deletePublishedEvents(deps.pool, userId, deps.eraseBatchSize)) > 0);
}

async function removeAll(deps: EraseDeps, userId: Id, kind: EdgeKind, remove: Remove): Promise<void> {
  for (;;) {
    const pairs = await findEdgesOf(deps.pool, kind, userId, deps.eraseBatchSize);
    if (pairs.length === 0) return;
    const ids = pairs.flatMap(({ actorId, targetId }) => [actorId, targetId]);
    await changeRelations(deps, ids, (change) => remove(change, pairs));
  }
}

async function removeHashtags(deps: EraseDeps, userId: Id): Promise<void> {
  for (;;) {
    const tags = await findHashtagsOf(deps.pool, userId, deps.eraseBatchSize);
    if (tags.length === 0) return;
    await changeRelations(deps, [userId], (change) => change.unfollowHashtags(userId, tags));
  }
}
