import type { Pool } from 'pg';
import { poolConnections, poolMax, poolWaiting, sqlErrors, sqlSeconds } from './metrics.ts';
import { beforeTelling, isMeasuring, secondsSince } from './registry.ts';
import { endSpan, startLeafSpan } from './tracing.ts';

/** Told how a statement ended; null if it was well. */
export type StatementEnd = (error: unknown) => void;

const MAX_TEXT = 500;

/** Begins to time and trace a statement of a pool. Its text is ours: values travel beside it. Null: nobody wants to know. */
export function observeStatement(pool: string, text: string): StatementEnd | null {
  if (!isMeasuring()) return null;
  const span = startLeafSpan(verbOf(text), {
    'db.system.name': 'postgresql',
    'db.namespace': pool,
    'db.query.text': text.slice(0, MAX_TEXT),
  });
  const began = performance.now();
  return (error) => {
    sqlSeconds.observe({ pool }, secondsSince(began));
    if (error) sqlErrors.inc({ pool });
    if (span) endSpan(span, error ? { error } : undefined);
  };
}

function verbOf(text: string): string {
  return /\w+/.exec(text)?.[0].toUpperCase() ?? 'SQL';
}

type Observed = { pool: Pool; name: string };
const observed = new Set<Observed>();

/** Shows how a pool is used, until it ends. Pools of one name are told together. */
export function observePool(pool: Pool, name: string): void {
  forgetEnded();
  observed.add({ pool, name });
}

beforeTelling(() => {
  forgetEnded();
  for (const gauge of [poolConnections, poolMax, poolWaiting]) gauge.reset();
  for (const { pool, name } of observed) {
    poolConnections.inc({ pool: name, state: 'idle' }, pool.idleCount);
    poolConnections.inc({ pool: name, state: 'busy' }, pool.totalCount - pool.idleCount);
    poolMax.inc({ pool: name }, pool.options.max);
    poolWaiting.inc({ pool: name }, pool.waitingCount);
  }
});

function forgetEnded(): void {
  for (const one of observed) if (one.pool.ended) observed.delete(one);
}
