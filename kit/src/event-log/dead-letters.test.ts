import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { createDeadLetters, type DeadLetter, type DeadLetters } from './dead-letters.ts';
import { createEmbeddedEventLog, type EmbeddedEventLog } from './embedded.ts';
import type { LogRecord } from './port.ts';

const TOPIC = { name: 'one.v1', partitions: 3, retentionMs: 60_000 };

let database: TestDatabase;
let log: EmbeddedEventLog;
let letters: DeadLetters;
/** Keys that the consumer cannot handle, and what it could. */
let poison: Set<string>;
let handled: LogRecord[];

beforeEach(async () => {
  database = await createTestDatabase();
  log = await createEmbeddedEventLog({ pool: database.pool });
  await log.ensureTopics([TOPIC]);
  letters = createDeadLetters(log, [TOPIC]);
  poison = new Set(['bad', 'worse']);
  handled = [];
  await log.subscribe({
    group: 'g',
    topics: [TOPIC.name],
    maxTries: 1,
    async handle(batch) {
      for (const record of batch) if (poison.has(record.key)) throw new Error(`${record.key} makes no sense`);
      handled.push(...batch);
    },
  });
});
afterEach(async () => {
  await log.close();
  await database.drop();
});

const publish = (...keys: string[]) =>
  log.publish(keys.map((key) => ({ topic: TOPIC.name, key, value: `{"of":"${key}"}`, headers: { revision: '7' } })));

async function all(): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const letter of letters.list(TOPIC.name)) found.push(letter);
  return found;
}

async function states(): Promise<string[]> {
  return (await all()).map(({ original, state }) => `${original.key} ${state}`);
}

async function settled(...groups: string[]): Promise<void> {
  const left = async () => {
    const lags = await Promise.all((groups.length === 0 ? ['g'] : groups).map((group) => log.lag(group, [TOPIC.name])));
    return lags.flat().filter(({ committed, end }) => committed < end);
  };
  await expect.poll(left).toEqual([]);
}

describe('dead letters', () => {
  test('say what died, where and why', async () => {
    await publish('good', 'bad');
    await settled();
    expect(letters.topics).toEqual([TOPIC.name]);
    expect(await all()).toEqual([
      {
        topic: TOPIC.name,
        partition: 0,
        offset: 0n,
        state: 'waiting',
        died: {
          partition: expect.stringMatching(/^\d$/) as string,
          offset: expect.stringMatching(/^\d$/) as string,
          group: 'g',
          tries: '1',
          error: 'Error: bad makes no sense',
          at: expect.stringMatching(/^\d{4}-/) as string,
        },
        original: { topic: TOPIC.name, key: 'bad', value: '{"of":"bad"}', headers: { revision: '7' } },
      },
    ]);
  });

  test('are replayed once: with their key and headers as they were, and never again', async () => {
    await publish('bad', 'worse');
    await settled();
    poison.clear();
    expect(await letters.replay(TOPIC.name)).toBe(2);
    expect(await letters.replay(TOPIC.name)).toBe(0);
    await settled();
    expect(handled.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(
      expect.arrayContaining([
        { key: 'bad', value: '{"of":"bad"}', headers: { revision: '7' } },
        { key: 'worse', value: '{"of":"worse"}', headers: { revision: '7' } },
      ]),
    );
    expect(handled).toHaveLength(2);
    expect((await states()).sort()).toEqual(['bad replayed', 'worse replayed']);
  });

  test('can be replayed one at a time; one that dies again is a new dead letter', async () => {
    await publish('bad');
    await settled();
    await publish('worse');
    await settled();
    const place = { partition: 0, offset: 1n };
    expect(await letters.replay(TOPIC.name, place)).toBe(1);
    expect(await letters.replay(TOPIC.name, place)).toBe(0);
    expect(await letters.replay(TOPIC.name, { partition: 0, offset: 99n })).toBe(0);
    await settled();
    expect(await states()).toEqual(['bad waiting', 'worse replayed', 'worse waiting']);
    poison.clear();
    expect(await letters.replay(TOPIC.name)).toBe(2);
  });

  test('of one record that died for two groups are replayed by publishing it once', async () => {
    const other: string[] = [];
    await log.subscribe({
      group: 'h',
      topics: [TOPIC.name],
      maxTries: 1,
      async handle(batch) {
        if (poison.size > 0) throw new Error('not yet');
        other.push(...batch.map(({ key }) => key));
      },
    });
    await publish('bad');
    await settled('g', 'h');
    expect((await all()).map(({ died }) => died.group).sort()).toEqual(['g', 'h']);
    poison.clear();
    expect(await letters.replay(TOPIC.name, { partition: 0, offset: 1n })).toBe(2);
    await settled('g', 'h');
    expect(handled.map(({ key }) => key)).toEqual(['bad']);
    expect(other).toEqual(['bad']);
    expect(await letters.replay(TOPIC.name)).toBe(0);
  });

  test('that were erased stay so', async () => {
    await publish('bad');
    await settled();
    await log.erase({ contains: 'bad' });
    expect((await all()).map(({ state }) => state)).toEqual(['erased']);
    expect(await letters.replay(TOPIC.name)).toBe(0);
  });
});
