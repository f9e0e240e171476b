import { eraseLatecomers, type EraseLatecomersDeps } from './erase-person.ts';
import type { Store } from './store.ts';

export type UpkeepDeps = EraseLatecomersDeps & { store: Pick<Store, 'pruneIdempotencyKeys'> };

const EVERY_MS = 10 * 60_000;

/** What time brings about, now and every ten minutes. Returns the way to stop, which waits for what runs. */
export function scheduleUpkeep(deps: UpkeepDeps, onError: (error: unknown) => void): () => Promise<void> {
  let running = Promise.resolve();
  const run = () => {
    running = running.then(() => keepUp(deps)).catch(onError);
  };
  run();
  const timer = setInterval(run, EVERY_MS).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

async function keepUp(deps: UpkeepDeps): Promise<void> {
  await deps.store.pruneIdempotencyKeys(deps.now());
  await eraseLatecomers(deps);
}
