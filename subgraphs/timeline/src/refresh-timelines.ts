import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { TimelineBuilder } from './build-timeline.ts';
import type { TimelineStore } from './timeline-store/port.ts';
import { viewpointOf, type AsksRelations } from './viewpoint.ts';

export type RefreshDeps = {
  graph: AsksRelations;
  store: Pick<TimelineStore, 'read'>;
  builder: Pick<TimelineBuilder, 'build'>;
  logger: Pick<Logger, 'warn'>;
};

/** The whole list is read in one, and lives no longer for it. */
const NOBODY_WAITS = { newest: Infinity, renews: false };

/**
 * Builds the lists anew that lack a followee, so that their viewers find them ready. It only saves time: a reader who comes
 * first sees by the revision that the list is stale, and builds it. So one that cannot be built, or not in time, holds up nobody else.
 * Who has no list does not get one, and who does not read keeps none: to follow is not to read, and others make follows, too, when they
 * accept a request or import.
 */
export async function refreshTimelines(
  deps: RefreshDeps,
  call: CallContext,
  viewerIds: ReadonlySet<Id>,
): Promise<void> {
  for (const viewerId of viewerIds) {
    try {
      await refresh(deps, call, viewerId);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      deps.logger.warn({ err: error, viewerId }, 'a home timeline could not be made ready; its reader builds it');
    }
  }
}

async function refresh({ graph, store, builder }: RefreshDeps, call: CallContext, viewerId: Id): Promise<void> {
  const list = await store.read(viewerId, { beforeId: AFTER_EVERY_ID, limit: 1, renews: false });
  if (list === null) return;
  const viewer = await viewpointOf(graph, call, viewerId);
  if (list.header.followsRevision < viewer.followsRevision) await builder.build(call, viewer, NOBODY_WAITS).landed();
}
