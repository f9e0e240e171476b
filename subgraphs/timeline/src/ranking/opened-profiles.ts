import type { Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import { createBoundedMap } from '@starling/kit/cache/bounded-map.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { nowAndThen } from '@starling/kit/lifecycle/now-and-then.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { profileOpens } from '@starling/kit/telemetry/metrics.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import { createWaitingOpens } from './waiting-opens.ts';

/**
 * Who opens whose profile, on its way to graph, which keeps it. A read waits for none of that and fails by none of it: what is
 * noted is written behind it, and lost where the process dies before, or where there is no room for it, in all or for one viewer.
 */
export type OpenedProfiles = {
  note(open: { viewerId: Id; userId: Id }): void;
  /** Writes what waits, and no more. */
  stop(): Promise<void>;
};

export type OpenedProfilesOptions = {
  graph: Pick<Graph<CallContext>, 'noteProfileOpens'>;
  logger: ErrorLog;
  /** Epoch milliseconds. */
  now: () => number;
  /** Milliseconds from one writing to the next. */
  everyMs: number;
  /** Opens that wait at a time, at most: some hundred bytes each. */
  maxWaiting?: number;
  /** Of one viewer. */
  maxOfOne?: number;
};

/** Of one hour of the clock, all opens of a profile by a viewer are one: so reloading a page says nothing. */
const SLOT_MS = 60 * 60 * 1000;
const MAX_WAITING = 10_000;
/** Far more than somebody opens between two writings: who opens more is a program, and is not to take the room of others. */
const MAX_OF_ONE = 100;
/** As many as graph takes in one request. */
const OPENS_A_CALL = 1_000;
/** Short, so that a process can stop while graph does not answer. */
const WRITE_MS = 3_000;
/** Whose next open within the hour need not be told, if it comes to this process. */
const REMEMBERED = 20_000;

export function createOpenedProfiles(options: OpenedProfilesOptions): OpenedProfiles {
  const { graph, logger, now, everyMs, maxWaiting = MAX_WAITING, maxOfOne = MAX_OF_ONE } = options;
  const seen = createBoundedMap<string, true>(REMEMBERED);
  const waiting = createWaitingOpens({ maxWaiting, maxOfOne });
  let isFailing = false;

  async function writeAll(): Promise<void> {
    while (waiting.count() > 0) await writeSome();
  }

  /** What was away takes it the next time; what graph refuses once it always refuses. */
  async function writeSome(): Promise<void> {
    const opens = waiting.first(OPENS_A_CALL);
    try {
      await graph.noteProfileOpens(systemCall('opened-profiles', { timeoutMs: WRITE_MS }), { opens });
    } catch (error) {
      if (!isAway(error)) end('refused', opens.length);
      throw error;
    }
    isFailing = false;
    end('kept', opens.length);
  }

  function end(result: 'kept' | 'refused', count: number): void {
    waiting.remove(count);
    profileOpens.inc({ result }, count);
  }

  /** Once, until one succeeds; whose they are is nobody's business. */
  function tell(error: unknown): void {
    if (!isFailing) logger.error({ error, waiting: waiting.count() }, 'Opened profiles could not be written');
    isFailing = true;
  }

  const writing = nowAndThen(writeAll, { everyMs, onError: tell });
  return {
    note({ viewerId, userId }) {
      const at = now();
      const slotMs = at - (at % SLOT_MS);
      const key = `${viewerId} ${userId} ${slotMs}`;
      if (viewerId === userId || seen.get(key)) return;
      if (waiting.add({ viewerId, userId, slotMs: BigInt(slotMs) })) seen.set(key, true);
      else profileOpens.inc({ result: 'dropped' });
    },
    async stop() {
      await writing.stop();
      await writeAll().catch(tell);
      profileOpens.inc({ result: 'dropped' }, waiting.count());
    },
  };
}

function isAway(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof StarlingError && error.code === 'DEADLINE_EXCEEDED');
}
