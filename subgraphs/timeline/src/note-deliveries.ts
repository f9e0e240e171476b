import { isRetweetId } from '@starling/domain/ids.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { deliveryNotesLost } from '@starling/kit/telemetry/metrics.ts';
import type { DeliveryLog } from './delivery-log/port.ts';
import type { PushedSlice } from './fan-out.ts';

export type NoteDeps = {
  deliveries: Pick<DeliveryLog, 'note'>;
  logger: Pick<Logger, 'warn'>;
  /** Milliseconds for which it is known how an entry was delivered. */
  deliveryKeptMs: number;
  now: () => number;
};

/**
 * Keeps what was done for tweets, for their authors to see. Of retweets nobody asks, and what an import brings from the past is older
 * than what is known. Always resolves: no push waits for a count.
 */
export async function noteDeliveries(deps: NoteDeps, slices: readonly PushedSlice[]): Promise<void> {
  const { deliveries, logger, deliveryKeptMs, now } = deps;
  const oldest = now() - deliveryKeptMs;
  const notes = slices.flatMap(({ push, left, parts }) =>
    push.entries
      .filter(({ entryId, at }) => at >= oldest && !isRetweetId(entryId))
      .map(({ entryId }) => ({ entryId, afterId: push.afterId, lastId: left?.afterId ?? null, parts })),
  );
  if (notes.length === 0) return;
  try {
    await deliveries.note(notes);
  } catch (error) {
    deliveryNotesLost.inc(notes.length);
    logger.warn({ error, slices: notes.length }, 'What was delivered could not be noted; its authors see less of it');
  }
}
