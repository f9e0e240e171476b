import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import type { UsersDeps } from './deps.ts';
import { rotateSigningKeys } from './rotate-signing-keys.ts';

type Deps = Pick<UsersDeps, 'keys' | 'sessionList' | 'config' | 'now'>;

/** Does the work unless another process is at it; false then. */
type OneAtATime = (work: () => Promise<void>) => Promise<boolean>;

/** No statement may run into its time, however much has been left: then it would never catch up. */
const ROWS_AT_A_TIME = 1_000;

/** What time brings about: the next signing key, the end of old ones and of expired sessions. */
async function maintainUsers(deps: Deps, signal: AbortSignal): Promise<void> {
  await rotateSigningKeys(deps);
  const over = { nowMs: deps.now(), sessionMs: deps.config.sessionMs, limit: ROWS_AT_A_TIME };
  while (!signal.aborted && (await deps.sessionList.pruneSome(over)) > 0);
}

/** Now and every so often until stopped. */
export function scheduleMaintenance(
  deps: Deps,
  oneAtATime: OneAtATime,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const everyMs = deps.config.maintenanceMs;
  const stopping = new AbortController();
  const work = () => oneAtATime(() => maintainUsers(deps, stopping.signal));
  const maintenance = nowAndThen(work, { everyMs, onError });
  return {
    stop() {
      stopping.abort();
      return maintenance.stop();
    },
  };
}
