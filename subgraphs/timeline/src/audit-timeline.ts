import { AFTER_EVERY_ID, firstIdAt, timeOfId, type Id } from '@starling/domain/ids.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { FameView } from './fame-view.ts';
import { boundOf, listedIn, type Listed } from './listed.ts';
import type { TimelineStore } from './timeline-store/port.ts';
import { viewpointOf, type AsksRelations, type ViewerPoint } from './viewpoint.ts';

export type AuditDeps = {
  store: Pick<TimelineStore, 'read' | 'drop'>;
  graph: AsksRelations;
  fame: Pick<FameView, 'current'>;
  tweets: Pick<Tweets<CallContext>, 'listIdsByActors'>;
  /** Milliseconds that a delivery may take before its absence is a hole. */
  auditGraceMs: number;
  /** Epoch milliseconds: what was posted before ought to be in the lists, however much the fan-out lags; null if that is not known. */
  dueBefore(): Promise<number | null>;
  logger: ErrorLog;
  now: () => number;
};

/**
 * `late`: what is missing may be on its way, as the fan-out lags, or it is not known whether it does. `skipped`: there was no list, or
 * it was trimmed or built anew while it was looked at, or the viewer followed others by then.
 */
export const AUDIT_RESULTS = ['right', 'repaired', 'late', 'skipped'] as const;
export type AuditResult = (typeof AUDIT_RESULTS)[number];

/**
 * Holds one materialised list against the stores that it is an image of. A list with a hole is dropped, so that the next reader
 * builds it anew. What a list has too much does no harm: every entry is checked when it is read. A list that an import of
 * the past overtakes may be dropped for nothing.
 */
export async function auditTimeline(deps: AuditDeps, call: CallContext, viewerId: Id): Promise<AuditResult> {
  const viewer = await viewpointOf(deps.graph, call, viewerId);
  const before = await readList(deps, viewer);
  if (before === null) return 'skipped';
  const holes = await holesIn(deps, call, viewer, before);
  if (holes.length === 0) return 'right';
  // Before the list is read again: what was due by then is in there now.
  const dueBefore = (await deps.dueBefore()) ?? -Infinity;
  const after = await readList(deps, viewer);
  if (after === null || after.completeFrom !== before.completeFrom) return 'skipped';
  const kept = new Set(after.ids);
  const lasting = holes.filter((id) => !kept.has(id));
  if (lasting.length === 0) return 'right';
  const overdue = lasting.filter((id) => timeOfId(id) < dueBefore);
  if (overdue.length === 0) return 'late';
  if (await followsOthers(deps, call, viewer)) return 'skipped';
  deps.logger.error(
    { viewerId, holes: overdue.length, newest: overdue[0] },
    'A home timeline had a hole; it is built anew',
  );
  await deps.store.drop([viewerId]);
  return 'repaired';
}

/** Since then: a list that was built anew meanwhile may rightly lack somebody who is no longer followed. */
async function followsOthers({ graph }: AuditDeps, call: CallContext, before: ViewerPoint): Promise<boolean> {
  const now = await viewpointOf(graph, call, before.viewerId);
  return now.followsRevision !== before.followsRevision || [...before.following].some((id) => !now.following.has(id));
}

/** As much as one request to tweets may answer; `trimAbove` is no more, so this is a whole list. */
const MOST = 5_000;

/** Null if there is none that a reader would believe. */
async function readList({ store, fame, now }: AuditDeps, viewer: ViewerPoint): Promise<Listed | null> {
  const slice = await store.read(viewer.viewerId, { beforeId: AFTER_EVERY_ID, limit: MOST, renews: false });
  return listedIn(slice, viewer, { fame: await fame.current(), nowMs: now() });
}

/** What followees who are not pulled put there long enough ago, at or above `completeFrom`, and the list lacks; the newest first. */
async function holesIn(
  { tweets, auditGraceMs, now }: AuditDeps,
  call: CallContext,
  { following }: ViewerPoint,
  list: Listed,
): Promise<Id[]> {
  const [pulled, ids] = [new Set(list.pulled), new Set(list.ids)];
  const listed = [...following].filter((id) => !pulled.has(id));
  if (listed.length === 0) return [];
  const bounds = { beforeId: firstIdAt(now() - auditGraceMs), afterId: boundOf(list) };
  const due = await tweets.listIdsByActors(call, { actorIds: listed, ...bounds, limit: MOST });
  return due.ids.filter((id) => !ids.has(id));
}
