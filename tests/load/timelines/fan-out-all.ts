import type { Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import type { TimelineConfig } from '@starling/timeline/config.ts';
import { fanOut } from '@starling/timeline/fan-out.ts';
import type { TimelineStore } from '@starling/timeline/timeline-store/port.ts';
import { graphOfFollowers } from './followers-of.ts';

export type FanOutLoad = { followers: readonly Id[]; entryIds: readonly Id[] };

/** Of a batch of the log: each of an actor of its own. */
const ENTRIES_A_BATCH = 20;

/** By the fan-out itself, one batch after the other; nobody listens. Deliveries a second. */
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
  const pushes = entryIds.map((entryId) => ({
    ...{ pushId: entryId, actorId, entries: [{ entryId, at: 0 }], famousAtMs: 0, afterId: '', slice: 0 },
  }));
  let lacking = followers.length * entryIds.length;
  for (let start = 0; start < pushes.length; start += ENTRIES_A_BATCH) {
    const batch = pushes.slice(start, start + ENTRIES_A_BATCH);
    const slices = await fanOut(deps, systemCall('bench', { timeoutMs: 60_000 }), batch);
    for (const { pushed } of slices.flatMap(({ parts }) => parts)) lacking -= pushed;
  }
  if (lacking !== 0) throw new Error(`${lacking} of all deliveries found no list`);
  return (followers.length * entryIds.length) / ((performance.now() - began) / 1_000);
}
