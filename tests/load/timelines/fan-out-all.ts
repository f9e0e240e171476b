import type { Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import type { TimelineConfig } from '@starling/timeline/config.ts';
import { fanOut } from '@starling/timeline/fan-out.ts';
import type { TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { graphOfFollowers } from './followers-of.ts';

export type FanOutLoad = { followers: readonly Id[]; entryIds: readonly Id[] };

/** By the fan-out itself, one entry after the other; nobody listens. Deliveries a second. */
export async function fanOutAll(
  store: Pick<TimelineStore, 'push'>,
  config: TimelineConfig,
  { followers, entryIds }: FanOutLoad,
): Promise<number> {
  const actorId = followers[0] ?? '';
  const graph = graphOfFollowers(followers);
  const pubsub = { publish: async () => undefined };
  // In one slice: what slices are for is that others go between them.
  const whole = { ...config, followersASlice: followers.length };
  const deps = { ...whole, graph, store, keepsLists: true, pubsub, newsForMs: 0, now: Date.now };
  const began = performance.now();
  for (const entryId of entryIds)
    await fanOut(deps, systemCall('bench', { timeoutMs: 60_000 }), [
      { pushId: entryId, actorId, entries: [{ entryId, at: 0 }], famousAtMs: 0, afterId: '', slice: 0 },
    ]);
  return (followers.length * entryIds.length) / ((performance.now() - began) / 1_000);
}
