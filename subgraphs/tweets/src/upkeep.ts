import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import { eraseLatecomers, type EraseLatecomersDeps } from './erase-person.ts';
import type { Store } from './store.ts';

export type UpkeepDeps = EraseLatecomersDeps & { store: Pick<Store, 'pruneIdempotencyKeys'> };

const EVERY_MS = 10 * 60_000;

/** Does the work unless another process is at it; false then. */
type OneAtATime = (work: () => Promise<void>) => Promise<boolean>;

/** What time brings about, now and every ten minutes until stopped. */
export function scheduleUpkeep(
  deps: UpkeepDeps,
  oneAtATime: OneAtATime,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  return nowAndThen(() => oneAtATime(() => keepUp(deps)), { everyMs: EVERY_MS, onError });
}

async function keepUp(deps: UpkeepDeps): Promise<void> {
  await deps.store.pruneIdempotencyKeys(deps.now());
  await eraseLatecomers(deps);
}
