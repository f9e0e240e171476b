import type { UsersDeps } from './deps.ts';
import { rotateSigningKeys } from './rotate-signing-keys.ts';

type Deps = Pick<UsersDeps, 'keys' | 'sessionList' | 'config' | 'now'>;

/** What time brings about: the next signing key, the end of old ones and of expired sessions. May run anywhere, at any time. */
export async function maintainUsers(deps: Deps): Promise<void> {
  await rotateSigningKeys(deps);
  await deps.sessionList.prune(deps.now(), deps.config.sessionMs);
}

/** Runs it every so often until stopped; a run that fails is told and tried again with the next. */
export function scheduleMaintenance(deps: Deps, onError: (error: unknown) => void): { stop(): Promise<void> } {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => maintainUsers(deps)).catch(onError);
  }, deps.config.maintenanceMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
