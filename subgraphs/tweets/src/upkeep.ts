import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import { backfillHashtags, type BackfillDeps } from './backfill-hashtags.ts';
import { eraseLatecomers, type EraseLatecomersDeps } from './erase-person.ts';
import type { Store } from './store.ts';

export type UpkeepDeps = EraseLatecomersDeps & BackfillDeps & { store: Pick<Store, 'pruneIdempotencyKeys'> };

const EVERY_MS = 10 * 60_000;
/** No statement may run into its time, however much has been left: then the rest of the upkeep had no turn any more. */
const KEYS_AT_A_TIME = 5_000;

/** Does the work unless another process is at it; false then. */
type OneAtATime = (work: () => Promise<void>) => Promise<boolean>;

/** What time brings about, now and every ten minutes until stopped. */
export function scheduleUpkeep(
  deps: UpkeepDeps,
  oneAtATime: OneAtATime,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const upkeep = nowAndThen(() => oneAtATime(() => keepUp(deps, stopping.signal)), { everyMs: EVERY_MS, onError });
  return {
    stop() {
      stopping.abort();
      return upkeep.stop();
    },
  };
}

async function keepUp(deps: UpkeepDeps, signal: AbortSignal): Promise<void> {
  const expired = { at: deps.now(), limit: KEYS_AT_A_TIME };
  while (!signal.aborted && (await deps.store.pruneIdempotencyKeys(expired)) > 0);
  await eraseLatecomers(deps);
  await backfillHashtags(deps, signal);
}
