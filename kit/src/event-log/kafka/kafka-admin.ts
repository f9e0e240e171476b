import { ExponentialBackoff, TaskCancelledError, TimeoutStrategy, handleWhen, retry, timeout, wrap } from 'cockatiel';
import type { Admin } from 'kafkajs';
import { StarlingError } from '../../errors.ts';
import type { NewKafka } from './kafka-client.ts';
import { isServerAway, toLogError } from './kafka-errors.ts';

/** Questions to the cluster, and orders that no producer or consumer gives. */
export type KafkaAdmin = {
  /**
   * Tries again while the servers are away or busy, for a bounded time; then StarlingError UNAVAILABLE.
   * `what` completes the sentence "Kafka cannot …".
   */
  ask<Answer>(what: string, question: (admin: Admin) => Promise<Answer>, options?: AskOptions): Promise<Answer>;
  close(): Promise<void>;
};

export type AskOptions = { withinMs?: number; tries?: number };

const WITHIN_MS = 15_000;
const TRIES = 8;
const BACKOFF = new ExponentialBackoff({ initialDelay: 50, maxDelay: 2000 });

/** Connects, so that whoever starts without Kafka hears it at once. */
export async function connectAdmin(newKafka: NewKafka): Promise<KafkaAdmin> {
  const admin = newKafka().admin();
  const ask: KafkaAdmin['ask'] = async (what, question, { withinMs = WITHIN_MS, tries = TRIES } = {}) => {
    const patience = wrap(
      timeout(withinMs, TimeoutStrategy.Aggressive),
      retry(handleWhen(isWorthARetry), { maxAttempts: tries - 1, backoff: BACKOFF }),
    );
    try {
      return await patience.execute(() => question(admin));
    } catch (error) {
      if (error instanceof TaskCancelledError)
        throw new StarlingError('UNAVAILABLE', `Kafka did not ${what} within ${withinMs} ms`, {}, { cause: error });
      if (error instanceof TypeError) throw new StarlingError('UNAVAILABLE', 'No broker answers', {}, { cause: error });
      throw toLogError(error, what);
    }
  };
  await ask('be reached', () => admin.connect(), { tries: 3 });
  return { ask, close: () => admin.disconnect() };
}

/** kafkajs takes null for metadata when no broker has answered, and trips over it. */
function isWorthARetry(error: unknown): boolean {
  return isServerAway(error) || error instanceof TypeError;
}
