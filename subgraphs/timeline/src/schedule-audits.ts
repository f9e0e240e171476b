import { systemCall } from '@starling/kit/call.ts';
import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import { timelineAudits } from '@starling/kit/telemetry/metrics.ts';
import { AUDIT_RESULTS, auditTimeline, type AuditDeps } from './audit-timeline.ts';
import type { RecentReaders } from './recent-readers.ts';

export type AuditorDeps = AuditDeps & {
  readers: Pick<RecentReaders, 'draw'>;
  /** Milliseconds between two audits; 0: none. */
  auditEveryMs: number;
  logger: ErrorLog & { warn(fields: object, message: string): void };
};

const AUDIT_MS = 10_000;
const FAILED = 'failed';

/** Audits one timeline after the other, of people who have read theirs here, until stopped. */
export function scheduleAudits(deps: AuditorDeps): { stop(): Promise<void> } {
  const { auditEveryMs: everyMs, logger } = deps;
  if (everyMs === 0) return { stop: async () => undefined };
  // What is not told before it has grown has not grown.
  for (const result of [...AUDIT_RESULTS, FAILED]) timelineAudits.inc({ result }, 0);
  return nowAndThen(() => auditSomebody(deps), {
    everyMs,
    onError(error) {
      timelineAudits.inc({ result: FAILED });
      // Then nothing can be said; the next one tries again.
      if (isUnavailable(error)) logger.warn({ error }, 'A timeline could not be audited');
      else logger.error({ error }, 'The audit of a timeline failed');
    },
  });
}

async function auditSomebody(deps: AuditorDeps): Promise<void> {
  const viewerId = deps.readers.draw();
  if (viewerId === null) return;
  const call = systemCall(`audit-${viewerId}`, { timeoutMs: AUDIT_MS });
  timelineAudits.inc({ result: await auditTimeline(deps, call, viewerId) });
}
