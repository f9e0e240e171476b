import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { StarlingError } from '../errors.ts';

const WAITING_FOR_EACH = 16;

/** Runs so many works at a time. 16 times as many wait; all beyond are rejected with StarlingError UNAVAILABLE and that message. */
export function createBound(atATime: number, message: string): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const bound = bulkhead(atATime, WAITING_FOR_EACH * atATime);
  return async (work) => {
    try {
      return await bound.execute(work);
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw new StarlingError('UNAVAILABLE', message, {}, { cause: error });
    }
  };
}
