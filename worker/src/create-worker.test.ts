import { expect, test } from 'vitest';
import type { EventLog, SubscribeOptions, Subscription, TopicSpec } from '@starling/kit/event-log/port.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { createWorker } from './create-worker.ts';

const TOPIC: TopicSpec = { name: 'things', partitions: 1, retentionMs: 1_000 };
const consumer = (group: string) => ({ group, topics: ['things'], handle: async () => undefined });

/** A log that keeps nothing and tells what was asked of it. */
function fakeLog({ refuses }: { refuses?: string } = {}) {
  const told: string[] = [];
  const alive = new Map<string, boolean>();
  let pruned = Promise.withResolvers<undefined>();
  const log = {
    ensureTopics: async (specs: readonly TopicSpec[]) =>
      void told.push(`topics ${specs.map(({ name }) => name).join()}`),
    async subscribe({ group }: SubscribeOptions): Promise<Subscription> {
      if (group === refuses) throw new Error(`no place for ${group}`);
      told.push(`subscribe ${group}`);
      alive.set(group, true);
      return {
        isAlive: () => alive.get(group) === true,
        stop: async () => {
          told.push(`stop ${group}`);
          alive.set(group, false);
        },
      };
    },
    async prune() {
      told.push('prune');
      await pruned.promise;
      told.push('pruned');
    },
    lag: async () => [{ topic: 'things', partition: 0, committed: 0n, end: 1n }],
  } satisfies Partial<EventLog>;
  pruned.resolve(undefined);
  return { log: log as unknown as EventLog, told, alive, holdPruning: () => (pruned = Promise.withResolvers()) };
}

function workerOn(log: EventLog, groups: string[]) {
  const logger = createLogger({ name: 'test', level: 'silent' });
  return createWorker({ log, topics: [TOPIC], sources: [], consumers: groups.map(consumer), logger });
}

test('creates topics before it subscribes, and prunes from the start', async () => {
  const { log, told } = fakeLog();
  const worker = workerOn(log, ['a', 'b']);
  await worker.start();
  expect(told.slice(0, 4)).toEqual(['topics things', 'subscribe a', 'subscribe b', 'prune']);
  await worker.stop();
});

test('is alive as long as each consumer is', async () => {
  const { log, alive } = fakeLog();
  const worker = workerOn(log, ['a', 'b']);
  await worker.start();
  expect(worker.isAlive()).toBe(true);
  alive.set('b', false);
  expect(worker.isAlive()).toBe(false);
  await worker.stop();
});

test('a start that fails half-way ends the consumers that had begun', async () => {
  const { log, told } = fakeLog({ refuses: 'b' });
  await expect(workerOn(log, ['a', 'b', 'c']).start()).rejects.toThrow('no place for b');
  expect(told.filter((line) => line.startsWith('stop'))).toEqual(['stop a', 'stop c']);
});

test('a stop waits for pruning under way, and ends whoever waits for it to drain', async () => {
  const { log, told, holdPruning } = fakeLog();
  const pruning = holdPruning();
  const worker = workerOn(log, ['a']);
  await worker.start();
  const draining = worker.drain();
  const stopping = worker.stop();
  await expect(draining).rejects.toThrow('The worker has stopped');
  expect(told).not.toContain('pruned');
  pruning.resolve(undefined);
  await stopping;
  expect(told).toContain('pruned');
});
