import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StarlingError } from '@starling/kit/errors.ts';
import { fromDeadLetter } from '@starling/kit/event-log/dead-letter.ts';
import type { EventLog, Incident } from '@starling/kit/event-log/port.ts';
import { type EventLogAdapter, eventLogAdapters } from './event-log-adapters.ts';
import {
  PARTITIONS,
  TOPIC,
  behind,
  collect,
  keysOfTwoPartitions,
  numberOf,
  numbers,
  record,
  topicSpec,
} from './event-log-records.ts';

for (const adapter of eventLogAdapters)
  describe.skipIf(!adapter.isThere)(`the event log on ${adapter.name}`, () => cases(adapter));

function cases({ prepare }: EventLogAdapter): void {
  let place: Awaited<ReturnType<typeof prepare>>;
  let log: EventLog;

  beforeEach(async () => {
    place = await prepare();
    log = await place.open();
    await log.ensureTopics([topicSpec()]);
  });
  afterEach(() => place.dispose());

  test('creates topics once and refuses another partition count', async () => {
    await log.ensureTopics([topicSpec()]);
    await expect(log.ensureTopics([topicSpec(TOPIC, 5)])).rejects.toThrow(/partition/);
    await expect(log.publish([record('k', 1, 'nobody.v1')])).rejects.toThrow(/nobody\.v1/);
  });

  test('keeps what was published, text and headers as they came, under positions without a gap', async () => {
    const odd = { ...record('ключ', 1), value: '{"text":"\\u0000 “naïve” 🐦 \'; --"}', headers: { one: 'ü', two: '' } };
    const [position] = await log.publish([odd]);
    await log.publish([record('ключ', 2), record('ключ', 3)]);
    const partition = position?.partition ?? -1;
    const records = await log.read({ topic: TOPIC, partition, fromOffset: 0n, limit: 10 });
    expect(records[0]).toMatchObject({ ...odd, partition, offset: 0n });
    expect(records.map(({ offset }) => offset)).toEqual([0n, 1n, 2n]);
    expect(Math.abs((records[0]?.appendedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await log.read({ topic: TOPIC, partition, fromOffset: 1n, limit: 1 })).toMatchObject([{ offset: 1n }]);
  });

  test('gives records of one key one partition and keeps their order, whoever publishes beside', async () => {
    const publisher = async (key: string) => {
      for (let from = 0; from < 100; from += 5)
        await log.publish(numbers(from, from + 5).map((number) => record(key, number)));
    };
    const seen = collect();
    await log.subscribe({ group: 'g', topics: [TOPIC], handle: seen.handle });
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(publisher));
    await seen.count(500);
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      const own = seen.records.filter((one) => one.key === key);
      expect(own.map(numberOf)).toEqual(numbers(0, 100));
      expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
    }
  });

  test('hands each group each record, from the earliest on', async () => {
    await log.publish(numbers(0, 50).map((number) => record(`k${number}`, number)));
    const [first, second] = [collect(), collect()];
    await log.subscribe({ group: 'first', topics: [TOPIC], handle: first.handle });
    await log.subscribe({ group: 'second', topics: [TOPIC], handle: second.handle });
    await Promise.all([first.count(50), second.count(50)]);
    expect(first.records.map(numberOf).sort((a, b) => a - b)).toEqual(numbers(0, 50));
  });

  test('commits after the handler, so that a group that stopped goes on where it was', async () => {
    await log.publish(numbers(0, 20).map((number) => record('same', number)));
    const before = collect();
    const subscription = await log.subscribe({ group: 'g', topics: [TOPIC], handle: before.handle, maxBatch: 5 });
    await before.count(20);
    await subscription.stop();
    expect(subscription.isAlive()).toBe(false);
    await log.close();
    log = await place.open();
    await log.publish([record('same', 20)]);
    const after = collect();
    await log.subscribe({ group: 'g', topics: [TOPIC], handle: after.handle });
    await after.count(1);
    expect(after.records.map(numberOf)).toEqual([20]);
  });

  test('shares partitions among members, and a member that leaves hands its own on', async () => {
    const [one, two] = [collect(), collect()];
    const leaver = await log.subscribe({
      group: 'g',
      topics: [TOPIC],
      handle: one.handle,
      maxBatch: 1,
      concurrency: 1,
    });
    await log.subscribe({ group: 'g', topics: [TOPIC], handle: two.handle, maxBatch: 1, concurrency: 1 });
    await log.publish(numbers(0, 60).map((number) => record(`k${number}`, number)));
    await expect.poll(() => one.records.length + two.records.length).toBe(60);
    expect(one.records.length).toBeGreaterThan(0);
    expect(two.records.length).toBeGreaterThan(0);
    await leaver.stop();
    const soFar = one.records.length;
    await log.publish(numbers(60, 90).map((number) => record(`k${number}`, number)));
    await expect.poll(() => soFar + two.records.length).toBe(90);
    expect(one.records.length).toBe(soFar);
  });

  test('lets a running batch end, and commits it, when it stops', async () => {
    await log.publish([record('k', 1)]);
    const [reached, goes] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const subscription = await log.subscribe({
      group: 'g',
      topics: [TOPIC],
      async handle() {
        reached.resolve();
        await goes.promise;
      },
    });
    await reached.promise;
    const stopped = subscription.stop();
    goes.resolve();
    await stopped;
    expect(await behind(log, 'g')).toBe(0n);
  });

  test('pauses a partition while a dependency is away, for any number of tries, and then goes on in order', async () => {
    const [bad, good] = await keysOfTwoPartitions(log);
    const seen = collect();
    const incidents: Incident[] = [];
    let refusals = 0;
    await log.subscribe({
      group: 'g',
      topics: [TOPIC],
      maxTries: 1,
      concurrency: 1,
      onIncident: (incident) => incidents.push(incident),
      async handle(batch) {
        if (batch[0]?.key === bad && refusals < 4) {
          refusals += 1;
          throw new StarlingError('UNAVAILABLE', 'away');
        }
        await seen.handle(batch);
      },
    });
    await log.publish([record(bad, 1), record(bad, 2)]);
    await expect.poll(() => refusals).toBeGreaterThan(0);
    await log.publish([record(good, 3)]);
    await seen.count(3);
    expect(seen.records.map(numberOf)).toEqual([3, 1, 2]);
    await expect.poll(() => behind(log, 'g')).toBe(0n);
    expect(incidents.map(({ kind }) => kind)).toEqual(['paused', 'resumed']);
  });

  test('waits for what does not answer in time, and buries nothing for it', async () => {
    const seen = collect();
    let late = 0;
    await log.publish(numbers(0, 3).map((number) => record('same', number)));
    await log.subscribe({
      group: 'g',
      topics: [TOPIC],
      maxTries: 2,
      async handle(batch) {
        if (batch.some((one) => numberOf(one) === 1) && late < 6) {
          late += 1;
          throw new StarlingError('DEADLINE_EXCEEDED', 'The deadline has passed');
        }
        await seen.handle(batch);
      },
    });
    await seen.count(3);
    expect(seen.records.map(numberOf)).toEqual([0, 1, 2]);
    expect(late).toBe(6);
    await expect.poll(() => behind(log, 'g')).toBe(0n);
  });

  test('stops at once in the middle of a pause, and hands the record out again later', async () => {
    const paused = Promise.withResolvers<void>();
    const incidents: Incident['kind'][] = [];
    const subscription = await log.subscribe({
      group: 'g',
      topics: [TOPIC],
      onIncident({ kind }) {
        incidents.push(kind);
        if (kind === 'paused') paused.resolve();
      },
      handle: () => Promise.reject(new StarlingError('UNAVAILABLE', 'away')),
    });
    await log.publish([record('k', 1)]);
    await paused.promise;
    await subscription.stop();
    expect(incidents).toEqual(['paused', 'resumed']);
    const seen = collect();
    await log.subscribe({ group: 'g', topics: [TOPIC], handle: seen.handle });
    await seen.count(1);
  });

  test('tries a failing record alone, buries it with the reason, and goes on', async () => {
    const seen = collect();
    const incidents: Incident[] = [];
    let tries = 0;
    await log.publish(numbers(0, 6).map((number) => record('same', number)));
    await log.subscribe({
      group: 'g',
      topics: [TOPIC],
      maxTries: 3,
      onIncident: (incident) => incidents.push(incident),
      async handle(batch) {
        if (batch.some((one) => numberOf(one) === 2)) {
          if (batch.length === 1) tries += 1;
          throw new Error('cannot be parsed');
        }
        await seen.handle(batch);
      },
    });
    await seen.count(5);
    await expect.poll(() => behind(log, 'g')).toBe(0n);
    expect(seen.records.map(numberOf)).toEqual([0, 1, 3, 4, 5]);
    expect(tries).toBe(3);
    expect(incidents.map(({ kind }) => kind)).toEqual(['retried', 'retried', 'dead']);
    const [letter] = await log.read({ topic: `${TOPIC}.dlq`, partition: 0, fromOffset: 0n, limit: 10 });
    expect(letter).toMatchObject({ key: 'same', value: record('same', 2).value });
    expect(letter?.headers).toMatchObject({
      'dlq-topic': TOPIC,
      'dlq-group': 'g',
      'dlq-offset': '2',
      'dlq-error': 'Error: cannot be parsed',
    });
    expect(letter && fromDeadLetter(letter)).toEqual(record('same', 2));
  });

  test('replays from where a stopped group is set to, and says how far it is behind', async () => {
    const [position] = await log.publish(numbers(0, 10).map((number) => record('same', number)));
    const partition = position?.partition ?? -1;
    const seen = collect();
    const subscription = await log.subscribe({ group: 'g', topics: [TOPIC], handle: seen.handle });
    await seen.count(10);
    await expect(log.seek({ group: 'g', topic: TOPIC, partition, offset: 7n })).rejects.toThrow(/running/);
    await subscription.stop();
    await log.seek({ group: 'g', topic: TOPIC, partition, offset: 7n });
    const lag = await log.lag('g', [TOPIC]);
    expect(lag).toHaveLength(PARTITIONS);
    expect(lag.find((one) => one.partition === partition)).toMatchObject({ topic: TOPIC, committed: 7n, end: 10n });
    const again = collect();
    await log.subscribe({ group: 'g', topics: [TOPIC], handle: again.handle });
    await again.count(3);
    expect(again.records.map(numberOf)).toEqual([7, 8, 9]);
  });
}
