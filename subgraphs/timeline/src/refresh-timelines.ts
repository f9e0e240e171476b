import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { BuildTimeline } from './build-timeline.ts';
import type { TimelineStore } from './timeline-store/port.ts';
import { viewpointOf, type AsksRelations } from './viewpoint.ts';

export type RefreshDeps = { graph: AsksRelations; store: Pick<TimelineStore, 'read'>; build: BuildTimeline };

/**
 * Builds the lists anew that lack a followee, so that their viewers find them ready. It only saves time: a reader who comes
 * first sees by the revision that the list is stale, and builds it. Who has no list does not get one.
 */
export async function refreshTimelines(
  { graph, store, build }: RefreshDeps,
  call: CallContext,
  viewerIds: ReadonlySet<Id>,
): Promise<void> {
  for (const viewerId of viewerIds) {
    const list = await store.read(viewerId, { beforeId: AFTER_EVERY_ID, limit: 1 });
    if (list === null) continue;
    const viewer = await viewpointOf(graph, call, viewerId);
    if (list.header.followsRevision < viewer.followsRevision) await build(call, viewer);
  }
}
