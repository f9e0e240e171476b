import { randomUUID } from 'node:crypto';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import { timelineRecoveries, timelineReplaySeconds } from '@starling/kit/telemetry/metrics.ts';
import { SLICES, TWEETS } from '../push-records.ts';
import { fieldOf } from '../timeline-store/log-position.ts';
import type { LostPart, TimelineRecovery } from '../timeline-store/recovery-port.ts';
import { planReplay, type ReplayPlan, type Standing } from './plan-replay.ts';
import { RecordsGone } from './read-span.ts';
import { replayRecords, type ReplayDeps } from './replay-records.ts';

export type RecoverDeps = Omit<ReplayDeps, 'log' | 'store'> & {
  log: Pick<EventLog, 'read' | 'lag' | 'aheadOfCommits'>;
  recovery: TimelineRecovery;
  /** Records that are replayed at a time, at most. */
  replayMost: number;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
};

/** Of parts of the store. `overtaken`: their server came back once more. */
export const RECOVERY_OUTCOMES = ['replayed', 'afresh', 'overtaken'] as const;

const LEASE_MS = 15_000;

/**
 * Brings the lists up to date that a store has come back with. Where that cannot be done they are not believed again, each is built
 * anew when it is next read, and their part begins afresh. Throws StarlingError UNAVAILABLE if something is away;
 * then nothing is believed, and the next try begins from the same positions.
 */
export async function recoverLists(deps: RecoverDeps, signal: AbortSignal): Promise<void> {
  const { recovery, logger } = deps;
  if ((await recovery.lostParts()).length === 0) return;
  const holder = randomUUID();
  const claim = () => recovery.claim(holder, LEASE_MS);
  if (!(await claim())) return;
  const renewing = nowAndThen(claim, {
    everyMs: LEASE_MS / 3,
    onError: (error) =>
      logger.warn({ error }, 'The right to replay could not be renewed; another process may replay, too'),
  });
  try {
    // Another may have done it meanwhile.
    const lost = await recovery.lostParts();
    if (lost.length > 0) await bringUpToDate(deps, lost, signal);
  } finally {
    await renewing.stop();
    await recovery.release(holder);
  }
}

/**
 * Why nothing is missing then. The order is: parts surveyed, in the tenures in which they came back; positions of the groups read; records
 * pushed; parts believed, if those tenures last. Take a record that was pushed to a list, of which a server lost it.
 * - It is at or above the part's position: that one survived, and so has all that was pushed before it was written.
 * - It was handled, or in hand, when the groups' positions were read: so it is replayed, as far beyond what is committed as a group may
 *   have handled, and a batch more. Its commit may come later and spare it to every worker, so nobody else need do it again. What was
 *   begun later went to the server that is there now.
 * A list that was begun after the push holds the entry as its build read it. Another crash leaves positions where they were, as
 * they only move in a tenure that is believed.
 */
async function bringUpToDate(deps: RecoverDeps, lost: readonly LostPart[], signal: AbortSignal): Promise<void> {
  const { logger, log, replayMost } = deps;
  const standing = await standingOf(log);
  const plan = planReplay(lost, standing, replayMost);
  if (plan.replayed.length > 0)
    logger.info(
      { parts: plan.replayed.length, partitions: plan.spans.length },
      'Home timelines have come back; what they may lack is replayed',
    );
  const began = performance.now();
  const endTimer = timelineReplaySeconds.startTimer();
  const records = await replay(deps, plan, signal);
  endTimer();
  const positions = new Map(standing.map((each) => [fieldOf(each), each.committed]));
  const outcomes = { replayed: 0, afresh: 0, overtaken: 0 };
  for (const part of lost) {
    const afresh = records === null || plan.afresh.includes(part);
    const applied = await deps.recovery.believe(part, { positions, afresh });
    outcomes[applied ? (afresh ? 'afresh' : 'replayed') : 'overtaken'] += 1;
  }
  for (const outcome of RECOVERY_OUTCOMES) timelineRecoveries.inc({ outcome }, outcomes[outcome]);
  const seconds = (performance.now() - began) / 1_000;
  logger.info({ ...outcomes, records, seconds }, 'Home timelines have been looked after; those afresh are built anew');
}

/** Null if it cannot be done, now or ever. */
async function replay(deps: RecoverDeps, plan: ReplayPlan, signal: AbortSignal): Promise<number | null> {
  const { recovery, logger } = deps;
  const store = { push: recovery.pushTo.bind(null, plan.replayed) };
  try {
    return await replayRecords({ ...deps, store }, plan.spans, signal);
  } catch (error) {
    if (isUnavailable(error) || signal.aborted) throw error;
    if (error instanceof RecordsGone)
      logger.warn({ error }, 'Records that home timelines may lack are no longer there');
    else logger.error({ error }, 'Records that home timelines may lack could not be replayed');
    return null;
  }
}

async function standingOf(log: Pick<EventLog, 'lag' | 'aheadOfCommits'>): Promise<Standing[]> {
  const standing = await Promise.all(
    [TWEETS, SLICES].map(async ({ group, topic, maxBatch }) => {
      const partitions = await log.lag(group, [topic]);
      if (partitions.length === 0) throw new StarlingError('UNAVAILABLE', `The log does not tell of ${topic} yet`);
      return partitions.map((partition) => ({ ...partition, ahead: log.aheadOfCommits + maxBatch }));
    }),
  );
  return standing.flat();
}
