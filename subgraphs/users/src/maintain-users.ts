import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
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

/** Now and every so often until stopped. */
export function scheduleMaintenance(
  deps: Deps,
  oneAtATime: OneAtATime,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const everyMs = deps.config.maintenanceMs;
  return nowAndThen(() => oneAtATime(() => maintainUsers(deps)), { everyMs, onError });
}
