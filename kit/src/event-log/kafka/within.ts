import { setTimeout as delay } from 'node:timers/promises';
import { StarlingError } from '../../errors.ts';

/** Rejects with UNAVAILABLE if it takes longer, whatever it still does. `what` completes the sentence "Kafka did not …". */
export async function within<Result>(ms: number, what: string, work: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const late = delay(ms, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new StarlingError('UNAVAILABLE', `Kafka did not ${what} within ${ms} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
