import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import { forgetProfileOpens, type ProfileOpenDeps } from './profile-opens.ts';

const EVERY_MS = 10 * 60_000;

/** Does the work unless another process is at it; false then. */
type OneAtATime = (work: () => Promise<void>) => Promise<boolean>;

/** What time brings about, now and every ten minutes until stopped. */
export function scheduleUpkeep(
  deps: ProfileOpenDeps,
  oneAtATime: OneAtATime,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const work = () => oneAtATime(() => forgetProfileOpens(deps, stopping.signal));
  const upkeep = nowAndThen(work, { everyMs: EVERY_MS, onError });
  return {
    stop() {
      stopping.abort();
      return upkeep.stop();
    },
  };
}
