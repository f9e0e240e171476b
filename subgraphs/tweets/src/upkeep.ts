import { eraseLatecomers, type EraseLatecomersDeps } from './erase-person.ts';
import type { Store } from './store.ts';

export type UpkeepDeps = EraseLatecomersDeps & { store: Pick<Store, 'pruneIdempotencyKeys'> };

const EVERY_MS = 10 * 60_000;

/** Does the work unless another process is at it; false then. */
type OneAtATime = (work: () => Promise<void>) => Promise<boolean>;

/** What time brings about, now and every ten minutes until stopped; a run that fails is told and tried again with the next. */
export function scheduleUpkeep(
  deps: UpkeepDeps,
  oneAtATime: OneAtATime,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let running = Promise.resolve();
  const run = () => {
    running = running
      .then(() => oneAtATime(() => keepUp(deps)))
      .then(() => undefined)
      .catch(onError);
  };
  run();
  const timer = setInterval(run, EVERY_MS).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

async function keepUp(deps: UpkeepDeps): Promise<void> {
  await deps.store.pruneIdempotencyKeys(deps.now());
  await eraseLatecomers(deps);
}
