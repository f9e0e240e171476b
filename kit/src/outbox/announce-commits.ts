import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '../postgres/pool.ts';
import { COMMIT_CHANNEL } from './relay-lease.ts';

/** Between two announcements; what is committed meanwhile is told with the next one. */
const SPACING_MS = 5;

/**
 * Tells the relay of another process that something was committed, by NOTIFY. A statement of its own and never inside the
 * transaction of a fact: committing with notifications is done by one session at a time. At most one is under way, whatever
 * is committed. One that fails is told to `onError`; the relay's next look makes up for it.
 */
export function createAnnouncer(pool: Pick<Pool, 'query' | 'ending'>, onError: (error: unknown) => void): () => void {
  let isDue = false;
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    try {
      while (isDue && !pool.ending) {
        isDue = false;
        await Promise.all([pool.query(`NOTIFY ${COMMIT_CHANNEL}`), delay(SPACING_MS)]);
      }
    } catch (error) {
      if (!pool.ending) onError(error);
    } finally {
      isRunning = false;
    }
  }

  return () => {
    isDue = true;
    if (!isRunning) void run();
  };
}
