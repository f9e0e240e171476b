import { ExponentialBackoff, TaskCancelledError, TimeoutStrategy, handleWhen, retry, timeout, wrap } from 'cockatiel';
import type { Admin } from 'kafkajs';
import { StarlingError } from '../../errors.ts';
import { CONNECT_WITHIN_MS, type NewKafka } from './kafka-client.ts';
import { isServerAway, toLogError } from './kafka-errors.ts';
import { within } from './within.ts';

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
const CONNECT_TRIES = 3;
const BACKOFF = new ExponentialBackoff({ initialDelay: 50, maxDelay: 2000 });

/** Connects, so that whoever starts without Kafka hears it at once. */
export async function connectAdmin(newKafka: NewKafka): Promise<KafkaAdmin> {
  const admin = await connect(newKafka);
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
  return { ask, close: () => admin.disconnect() };
}

/** Each try asks another broker first. */
async function connect(newKafka: NewKafka): Promise<Admin> {
  const patience = retry(handleWhen(isServerAway), { maxAttempts: CONNECT_TRIES - 1, backoff: BACKOFF });
  try {
    return await patience.execute(async () => {
      const admin = newKafka().admin();
      await within(CONNECT_WITHIN_MS, 'answer', admin.connect());
      return admin;
    });
  } catch (error) {
    throw toLogError(error, 'be reached');
  }
}

/** kafkajs takes null for metadata when no broker has answered, and trips over it. */
function isWorthARetry(error: unknown): boolean {
  return isServerAway(error) || error instanceof TypeError;
}
