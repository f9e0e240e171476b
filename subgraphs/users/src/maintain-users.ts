import type { UsersDeps } from './deps.ts';
import { rotateSigningKeys } from './rotate-signing-keys.ts';

type Deps = Pick<UsersDeps, 'keys' | 'sessionList' | 'config' | 'now'>;

/** Does the work unless another process is at it; false then. */
type OneAtATime = (work: () => Promise<void>) => Promise<boolean>;

/** What time brings about: the next signing key, the end of old ones and of expired sessions. */
async function maintainUsers(deps: Deps): Promise<void> {
  await rotateSigningKeys(deps);
  await deps.sessionList.prune(deps.now(), deps.config.sessionMs);
}

/** Now and every so often until stopped; a run that fails is told and tried again with the next. */
export function scheduleMaintenance(
  deps: Deps,
  oneAtATime: OneAtATime,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let running = Promise.resolve();
  const run = () => {
    running = running
      .then(() => oneAtATime(() => maintainUsers(deps)))
      .then(() => undefined)
      .catch(onError);
  };
  run();
  const timer = setInterval(run, deps.config.maintenanceMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
