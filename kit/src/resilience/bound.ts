import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { StarlingError } from '../errors.ts';

export type BoundOptions = {
  atATime: number;
  /** As many more wait. */
  waiting: number;
  /** What those beyond are told. */
  refusal: string;
};

/**
 * Runs so many works at a time, in the order in which they come. Those for whom there is no place are rejected with StarlingError
 * UNAVAILABLE.
 */
export function createBound({
  atATime,
  waiting,
  refusal,
}: BoundOptions): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const bound = bulkhead(atATime, waiting);
  return async (work) => {
    try {
      return await bound.execute(work);
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw new StarlingError('UNAVAILABLE', refusal, {}, { cause: error });
    }
  };
}
