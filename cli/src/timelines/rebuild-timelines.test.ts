import { expect, test } from 'vitest';
import { createEmbeddedTimelineStore } from '@starling/timeline/timeline-store/embedded.ts';
import { rebuildTimelines, type RebuildStack } from './rebuild-timelines.ts';

const stackOf = (dropAllTimelines: RebuildStack['operators']['dropAllTimelines']): RebuildStack => ({
  services: {
    users: { getUsersByHandle: async () => ({ users: [] }) } as unknown as RebuildStack['services']['users'],
  },
  operators: { dropAllTimelines, dropTimelines: async () => undefined },
});

test('how far it has come is told, and how many lists were removed', async () => {
  const store = createEmbeddedTimelineStore({ kept: 3, trimAbove: 5, maxTimelines: 9, expiryMs: 1_000 });
  for (const viewerId of ['1', '2']) await store.begin(viewerId, { token: 't', followsRevision: 1n });
  const told: unknown[] = [];
  const line = await rebuildTimelines(stackOf(store.dropAll), {
    handle: null,
    signal: new AbortController().signal,
    onProgress: (...progress) => void told.push(progress),
  });
  expect(told).toEqual([['keys', 2, 2]]);
  expect(line).toBe('Every home timeline is built anew when it is next read. Lists removed: 2.');
});

test('an interruption ends it between two batches, and it says how far it came', async () => {
  const stopping = new AbortController();
  const batches = async ({ signal, onProgress }: Parameters<RebuildStack['operators']['dropAllTimelines']>[0] = {}) => {
    let batch = 1;
    for (; batch < 10 && !signal?.aborted; batch += 1) onProgress?.(batch, 10);
    return batch;
  };
  const line = await rebuildTimelines(stackOf(batches), {
    handle: null,
    signal: stopping.signal,
    onProgress: (_step, done) => (done === 4 ? stopping.abort() : undefined),
  });
  expect(line).toBe(
    'Every home timeline is built anew when it is next read. Lists removed: 5, then interrupted; the others are not used any more, and expire.',
  );
});
