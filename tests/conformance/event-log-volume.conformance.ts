import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DeadLetter, type DeadLetters, createDeadLetters } from '@starling/kit/event-log/dead-letters.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { type EventLogAdapter, type EventLogPlace, eventLogAdapters } from './event-log-adapters.ts';
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

/** Much at once, large records, and dead letters from their death to their replay. */
for (const adapter of eventLogAdapters)
  describe.skipIf(!adapter.isThere)(`the event log on ${adapter.name} under load`, () => cases(adapter));

const KEYS = numbers(0, 100).map((number) => `k${number}`);

function cases({ prepare }: EventLogAdapter): void {
  let place: EventLogPlace;
  let log: EventLog;

  beforeEach(async () => {
    place = await prepare();
    log = await place.open();
    await log.ensureTopics([topicSpec()]);
  });
  afterEach(() => place.dispose());

  test('hands out ten thousand records in batches no larger than asked for, each key in order', async () => {
    const total = 10_000;
    const positions = await log.publish(
      numbers(0, total).map((number) => record(KEYS[number % KEYS.length] ?? '', number)),
    );
    expect(positions).toHaveLength(total);
    const seen = collect();
    const sizes: number[] = [];
    await log.subscribe({
      group: 'g',
      topics: [TOPIC],
      maxBatch: 150,
      async handle(batch) {
        sizes.push(batch.length);
        expect(new Set(batch.map(({ partition }) => partition)).size).toBe(1);
        await seen.handle(batch);
      },
    });
    await seen.count(total);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(150);
    for (const [at, key] of KEYS.entries()) {
      const own = seen.records.filter((one) => one.key === key).map(numberOf);
      expect(own).toEqual(numbers(0, total / KEYS.length).map((round) => round * KEYS.length + at));
    }
    await expect.poll(() => behind(log, 'g')).toBe(0n);
    for (const { offset, partition } of seen.records.slice(0, 100))
      expect(positions).toContainEqual({ offset, partition });
  });

  test('takes large records, more of them than fit one request, in their order', async () => {
    const large = numbers(0, 30).map((number) => ({
      ...record('same', number),
      headers: { text: randomText(200_000) },
    }));
    await log.publish(large);
    const seen = collect();
    await log.subscribe({ group: 'g', topics: [TOPIC], handle: seen.handle });
    await seen.count(30);
    expect(seen.records.map(numberOf)).toEqual(numbers(0, 30));
    expect(seen.records.map(({ headers }) => headers.text)).toEqual(large.map(({ headers }) => headers.text));
  });

  test('goes on with other partitions while one is slow, however much waits there', async () => {
    const [slow, quick] = await keysOfTwoPartitions(log);
    await log.publish([record(slow, 0), record(quick, 0)]);
    await log.publish(numbers(1, 9_000).map((number) => record(slow, number)));
    const goes = Promise.withResolvers<void>();
    const seen = collect();
    await log.subscribe({
      group: 'g',
      topics: [TOPIC],
      async handle(batch) {
        if (batch[0]?.key === slow) await goes.promise;
        await seen.handle(batch);
      },
    });
    await log.publish(numbers(1, 2_000).map((number) => record(quick, number)));
    await seen.count(2_000);
    expect(seen.records.every(({ key }) => key === quick)).toBe(true);
    goes.resolve();
    await seen.count(11_000);
    expect(seen.records.slice(2_000).map(numberOf)).toEqual(numbers(0, 9_000));
  });

  test('buries what cannot be handled and hands it out again when it is replayed, once', async () => {
    const bad = new Set([3, 77]);
    const seen = collect();
    await log.subscribe({
      group: 'g',
      topics: [TOPIC],
      maxTries: 2,
      async handle(batch) {
        if (batch.some((one) => bad.has(numberOf(one)))) throw new Error('makes no sense');
        await seen.handle(batch);
      },
    });
    await log.publish(numbers(0, 100).map((number) => record(KEYS[number] ?? '', number)));
    await seen.count(98);
    await expect.poll(() => behind(log, 'g')).toBe(0n);
    const letters = createDeadLetters(log, [topicSpec()]);
    expect((await all(letters)).map(({ original }) => numberOf(original)).sort()).toEqual([3, 77]);
    bad.clear();
    expect(await letters.replay(TOPIC)).toBe(2);
    expect(await letters.replay(TOPIC)).toBe(0);
    await seen.count(100);
    expect((await all(letters)).map(({ state }) => state)).toEqual(['replayed', 'replayed']);
    expect(seen.records.slice(98).map(({ headers }) => headers)).toEqual(
      expect.arrayContaining([{ id: '3' }, { id: '77' }]),
    );
  });

  test('says what topics lack, and keeps its word about partitions', async () => {
    expect(await log.checkTopics([topicSpec()])).toEqual([]);
    const faults = await log.checkTopics([topicSpec(TOPIC, PARTITIONS + 1), topicSpec('absent.v1')]);
    expect(faults.map(({ topic, about }) => `${topic} ${about}`)).toEqual([
      `${TOPIC} partitions`,
      'absent.v1 missing',
      'absent.v1.dlq missing',
    ]);
  });
}

async function all(letters: DeadLetters): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const letter of letters.list(TOPIC)) found.push(letter);
  return found;
}

/** No compression makes it small. */
function randomText(length: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)))
    .toString('base64')
    .repeat(4)
    .slice(0, length);
}
