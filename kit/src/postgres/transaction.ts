import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from './pool.ts';
import { isSilent, withUnavailableCode } from './unavailable.ts';

export type TransactionOptions = {
  isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** Runs in all, at most, when Postgres asks to retry. Default 5. */
  maxAttempts?: number;
  /** A run that has not come to its commit by then is undone. Default 60 s. */
  timeoutMs?: number;
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
  { isolation = 'read committed', maxAttempts = 5, timeoutMs = 60_000 }: TransactionOptions = {},
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(pool, work, { isolation, timeoutMs });
    } catch (error) {
      if (attempt >= maxAttempts || !isRetryable(error)) throw withUnavailableCode(error, 'The database');
      await delay(FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}

async function runOnce<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  { isolation, timeoutMs }: { isolation: string; timeoutMs: number },
): Promise<Result> {
  const connection = lendOnce(await pool.connect());
  const { client } = connection;
  // Ours, for Postgres has such a timeout since 17 only. With its connection the transaction is gone.
  const timer = setTimeout(connection.breakOff, timeoutMs);
  try {
    await client.query(isolation === 'read committed' ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolation}`);
    const result = await work(client);
    clearTimeout(timer);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    if (isSilent(error)) connection.breakOff();
    else await client.query('ROLLBACK').catch(connection.breakOff);
    throw error;
  } finally {
    clearTimeout(timer);
    connection.giveBack();
  }
}

/** A client can be given back once. */
function lendOnce(client: PoolClient) {
  let isLent = true;
  const release = (isBroken: boolean) => {
    if (isLent) client.release(isBroken);
    isLent = false;
  };
  return { client, breakOff: () => release(true), giveBack: () => release(false) };
}

function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(String((error as { code?: unknown } | null)?.code));
}
