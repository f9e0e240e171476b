import type { Id } from '@starling/domain/ids.ts';
import type { DeliveredSlice, DeliveryLimits, DeliveryLog } from './port.ts';
import { encodePlace } from './slice-place.ts';

export type EmbeddedDeliveryLogOptions = DeliveryLimits & { /** Epoch milliseconds. */ now?: () => number };

/** In this process' memory. */
export function createEmbeddedDeliveryLog(options: EmbeddedDeliveryLogOptions): DeliveryLog {
  const { deliveryKeptMs, maxDeliveries, now = Date.now } = options;
  /** In the order of the last note, so that what expires or makes room stands in front. */
  const entries = new Map<Id, { notedAt: number; slices: Map<string, DeliveredSlice> }>();
  const isExpired = ({ notedAt }: { notedAt: number }): boolean => notedAt + deliveryKeptMs <= now();

  function note(slice: DeliveredSlice): void {
    const held = entries.get(slice.entryId);
    const slices = held && !isExpired(held) ? held.slices : new Map<string, DeliveredSlice>();
    const place = encodePlace(slice);
    if (!slices.has(place)) slices.set(place, slice);
    entries.delete(slice.entryId);
    entries.set(slice.entryId, { notedAt: now(), slices });
    for (const [oldest, candidate] of entries) {
      if (entries.size <= maxDeliveries && !isExpired(candidate)) return;
      entries.delete(oldest);
    }
  }
  return {
    note: async (slices) => slices.forEach(note),
    async read(entryIds) {
      const found = new Map<Id, DeliveredSlice[]>();
      for (const entryId of entryIds) {
        const held = entries.get(entryId);
        if (held && !isExpired(held)) found.set(entryId, [...held.slices.values()]);
      }
      return found;
    },
  };
}
