import { composeId } from '@starling/domain/ids.ts';
import { deliveryNotesLost } from '@starling/kit/telemetry/metrics.ts';
import { expect, test } from 'vitest';
import type { DeliveredSlice } from './delivery-log/port.ts';
import { noteDeliveries, type NoteDeps } from './note-deliveries.ts';

const NOW = Date.UTC(2026, 0, 8);
const PARTS = [{ atMs: NOW, pushed: 3, pulled: 4 }];

test('each tweet of a slice is noted; retweets and what is older than what is kept are not', async () => {
  const noted: DeliveredSlice[] = [];
  const { deps } = setUp(async (slices) => void noted.push(...slices));
  const [fresh, other] = [entryAt(NOW - 1), entryAt(NOW - 2)];
  const left = { pushId: 'p', actorId: '1', entries: [], famousAtMs: 0, afterId: '2', slice: 1 };
  await noteDeliveries(deps, [
    { push: pushOf([fresh, entryAt(NOW - 1, true), other, entryAt(NOW - 1_001)]), left, parts: PARTS },
    { push: { ...pushOf([fresh]), slice: 1, afterId: '2' }, left: null, parts: [] },
  ]);
  expect(noted).toEqual([
    { entryId: fresh.entryId, afterId: '', lastId: '2', parts: PARTS },
    { entryId: other.entryId, afterId: '', lastId: '2', parts: PARTS },
    { entryId: fresh.entryId, afterId: '2', lastId: null, parts: [] },
  ]);
});

test('where nothing can be noted the push goes on, and it is said and counted', async () => {
  const { deps, warnings } = setUp(() => Promise.reject(new Error('away')));
  const before = await lost();
  const push = pushOf([entryAt(NOW), entryAt(NOW - 1)]);
  await noteDeliveries(deps, [{ push, left: null, parts: PARTS }]);
  expect(warnings).toHaveLength(1);
  expect((await lost()) - before).toBe(2);
});

test('a log of nothing is not asked for', async () => {
  const { deps, warnings } = setUp(() => Promise.reject(new Error('asked')));
  await noteDeliveries(deps, [{ push: pushOf([entryAt(NOW, true)]), left: null, parts: PARTS }]);
  expect(warnings).toEqual([]);
});

async function lost(): Promise<number> {
  const { values } = await deliveryNotesLost.get();
  return values[0]?.value ?? 0;
}

function setUp(note: NoteDeps['deliveries']['note']) {
  const warnings: object[] = [];
  const logger = { warn: (fields: object) => void warnings.push(fields) };
  return { warnings, deps: { deliveries: { note }, logger, deliveryKeptMs: 1_000, now: () => NOW } };
}

function entryAt(at: number, isRetweet = false) {
  return { entryId: composeId({ atMs: at, node: 1, sequence: 0, isRetweet }), at };
}

function pushOf(entries: ReturnType<typeof entryAt>[]) {
  return { pushId: 'p', actorId: '1', entries, famousAtMs: 0, afterId: '', slice: 0 };
}
