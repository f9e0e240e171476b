import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from './pool.ts';
import { withUnavailableCode } from './unavailable.ts';

export type TransactionOptions = {
  isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** Runs in all, at most, when Postgres asks to retry. Default 5. */
  maxAttempts?: number;
};

/** Serialization failure and deadlock: the transaction is gone without a trace and may run again. */
const RETRYABLE = new Set(['40001', '40P01']);
const FIRST_DELAY_MS = 5;

/**
 * Runs `work` in one transaction: commits what it resolves with, rolls back and rethrows if it throws. After a deadlock or
 * a serialization failure `work` runs again, so it has effects in the database only.
 * Throws StarlingError UNAVAILABLE if the database cannot be reached; whether a commit under way took effect is then unknown.
 */
export async function withTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  { isolation = 'read committed', maxAttempts = 5 }: TransactionOptions = {},
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(pool, work, isolation);
    } catch (error) {
      if (attempt >= maxAttempts || !isRetryable(error)) throw withUnavailableCode(error, 'The database');
      await delay(FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}

async function runOnce<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  isolation: string,
): Promise<Result> {
  const client = await pool.connect();
  let isBroken = false;
  try {
    await client.query(isolation === 'read committed' ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolation}`);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      isBroken = true;
    });
    throw error;
  } finally {
    client.release(isBroken);
  }
}

function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(String((error as { code?: unknown } | null)?.code));
}
