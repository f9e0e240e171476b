import type { PositionStore } from '@starling/kit/consistency/port.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { FAR_AHEAD, furtherLsn } from '@starling/kit/postgres/lsn.ts';
import type { CallContext } from '@starling/kit/principal.ts';

/** Lets nobody miss what they have written themselves, whichever copy of a database is read for them. */
export type ReadOwnWrites = {
  /** Runs an operation in a call that says what its viewer must see, and remembers what it has written before this resolves. */
  run<Result>(call: CallContext, operation: (call: CallContext) => Promise<Result>): Promise<Result>;
};

export type ReadOwnWritesOptions = {
  store: PositionStore;
  /** For how long a write is remembered: longer than a replica that is read may lag. */
  ttlMs: number;
  logger: Pick<Logger, 'warn'>;
  /** Milliseconds of a clock that is never set. */
  now?: () => number;
};

/** Where no database has a replica there is nothing to remember. */
export const NO_REPLICAS: ReadOwnWrites = { run: (call, operation) => operation(call) };

/**
 * Who is not logged in sees what may be a moment old. While the positions cannot be asked for, or lately could not be noted,
 * everybody is taken for somebody who has just written.
 */
export function createReadOwnWrites({
  store,
  ttlMs,
  logger,
  now = () => performance.now(),
}: ReadOwnWritesOptions): ReadOwnWrites {
  let distrustedUntil = -Infinity;

  function distrust(error: unknown): void {
    if (now() >= distrustedUntil)
      logger.warn({ error }, 'It cannot be told who has just written; reads go to the primaries for a while');
    distrustedUntil = now() + ttlMs;
  }

  async function positionsOf(userId: string): Promise<Record<string, string>> {
    if (now() < distrustedUntil) return { '*': FAR_AHEAD };
    try {
      return { ...(await store.read(userId)) };
    } catch (error) {
      distrust(error);
      return { '*': FAR_AHEAD };
    }
  }

  return {
    async run(call, operation) {
      const { userId } = call.principal;
      if (userId === null) return operation(call);
      // What a first step of the operation writes, the next ones must see: they are sent this very object.
      const consistency = await positionsOf(userId);
      const wrote: Record<string, string> = {};
      const onWrote = (database: string, position: string) => {
        wrote[database] = furtherLsn(wrote[database] ?? position, position);
        consistency[database] = furtherLsn(consistency[database] ?? position, position);
      };
      try {
        return await operation({ ...call, consistency, onWrote });
      } finally {
        if (Object.keys(wrote).length > 0) await store.note(userId, wrote).catch(distrust);
      }
    },
  };
}
