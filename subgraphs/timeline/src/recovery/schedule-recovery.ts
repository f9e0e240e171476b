import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import { timelineRecoveries } from '@starling/kit/telemetry/metrics.ts';
import { RECOVERY_OUTCOMES, recoverLists, type RecoverDeps } from './recover-lists.ts';

const TELL_EVERY_MS = 1_000;
/** Servers that are away are not asked, so this is also how soon one is looked after that has come back. */
const LOOK_EVERY_MS = 2_000;

/** Tells the store how far the log is pushed, and brings up to date what comes back without its last seconds, until stopped. */
export function scheduleRecovery(deps: RecoverDeps): { stop(): Promise<void> } {
  const { recovery, logger } = deps;
  // What is not told before it has grown has not grown.
  for (const outcome of RECOVERY_OUTCOMES) timelineRecoveries.inc({ outcome }, 0);
  const stopping = new AbortController();
  const telling = nowAndThen(() => recovery.tellReached(), {
    everyMs: TELL_EVERY_MS,
    onError: (error) => logger.error({ error }, 'How far the log is pushed could not be kept beside home timelines'),
  });
  const looking = nowAndThen(() => recoverLists(deps, stopping.signal), {
    everyMs: LOOK_EVERY_MS,
    onError(error) {
      if (!stopping.signal.aborted)
        logger.warn({ error }, 'Home timelines that came back are not up to date yet; tried again');
    },
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all([telling.stop(), looking.stop()]);
    },
  };
}
