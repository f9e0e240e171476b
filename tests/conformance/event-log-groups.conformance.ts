import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StarlingError } from '@starling/kit/errors.ts';
import type { EventLog, Incident, LogRecord, Subscription } from '@starling/kit/event-log/port.ts';
import { type EventLogAdapter, type EventLogPlace, eventLogAdapters } from './event-log-adapters.ts';
import { SESSION_MS } from './event-log-open.ts';
import { PARTITIONS, TOPIC, behind, collect, numberOf, numbers, record, topicSpec } from './event-log-records.ts';

/** Members of one group that come, go and die, in this process, in another instance, in another process. */
for (const adapter of eventLogAdapters)
  describe.skipIf(!adapter.isThere)(`groups of the event log on ${adapter.name}`, () => cases(adapter));

const MEMBER = fileURLToPath(new URL('./event-log-member.ts', import.meta.url));
const KEYS = numbers(0, 24).map((number) => `k${number}`);

function cases({ prepare, sharesGroupsBetweenInstances: sharesGroups }: EventLogAdapter): void {
  let place: EventLogPlace;
  let log: EventLog;
  let children: ChildProcess[];

  beforeEach(async () => {
    children = [];
    place = await prepare();
    log = await place.open();
    await log.ensureTopics([topicSpec()]);
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await place.dispose();
  });

  /** A member in a process of its own that hangs in the batch that holds a record. */
  async function hangingMember(hangAt: number, maxBatch: number) {
    const task = { address: place.address, group: 'g', topic: TOPIC, maxBatch, hangAt };
    const child = spawn(process.execPath, [MEMBER, JSON.stringify(task)], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    /** Resolves with what it says before the line. */
    async function until(line: string): Promise<string[]> {
      for (const before: string[] = []; ;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`The member has ended without ${line}`);
        if (value === line) return before;
        before.push(value);
      }
    }
    return { child, until, handled: (await until('hangs')).map(Number) };
  }

  test('hand out again what was not committed when a member was killed in the middle of a batch', async () => {
    await log.publish(numbers(0, 10).map((number) => record('same', number)));
    const { child, handled } = await hangingMember(4, 4);
    expect(handled).toEqual([0, 1, 2, 3]);
    await expect.poll(() => behind(log, 'g')).toBe(6n);
    child.kill('SIGKILL');
    const seen = collect();
    await log.subscribe({ group: 'g', topics: [TOPIC], handle: seen.handle });
    await seen.count(6);
    expect(seen.records.map(numberOf)).toEqual(numbers(4, 10));
    await expect.poll(() => behind(log, 'g')).toBe(0n);
  });

  if (sharesGroups)
    test('share partitions between instances; what one leaves, another goes on with', async () => {
      const other = await place.open();
      const [one, two] = [collect(), collect()];
      const leaver = await log.subscribe({ group: 'g', topics: [TOPIC], handle: one.handle });
      await other.subscribe({ group: 'g', topics: [TOPIC], handle: two.handle });
      await publishTo(log, 0, 200);
      await expect.poll(() => one.records.length + two.records.length).toBe(200);
      const partitionsOf = ({ records }: typeof one) => new Set(records.map(({ partition }) => partition));
      expect([partitionsOf(one).size, partitionsOf(two).size]).toEqual([PARTITIONS / 2, PARTITIONS / 2]);
      await leaver.stop();
      await publishTo(log, 200, 300);
      await expect.poll(() => one.records.length + two.records.length).toBe(300);
      await expect.poll(() => behind(log, 'g')).toBe(0n);
    });

  if (sharesGroups)
    test('give a partition to another only when the batch in hand has ended', async () => {
      const other = await place.open();
      const [reached, goes] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const order: string[] = [];
      await log.publish(numbers(0, 8).map((number) => record('same', number)));
      const leaver = await log.subscribe({
        group: 'g',
        topics: [TOPIC],
        maxBatch: 4,
        async handle(batch) {
          reached.resolve();
          await goes.promise;
          order.push(...batch.map((one) => `one ${numberOf(one)}`));
        },
      });
      await reached.promise;
      const joining = other.subscribe({
        group: 'g',
        topics: [TOPIC],
        handle: async (batch) => void order.push(...batch.map((one) => `two ${numberOf(one)}`)),
      });
      const stopped = leaver.stop();
      goes.resolve();
      await Promise.all([joining, stopped]);
      await expect
        .poll(() => order)
        .toEqual([...numbers(0, 4).map((n) => `one ${n}`), ...numbers(4, 8).map((n) => `two ${n}`)]);
    });

  if (sharesGroups)
    test('never let one that is out commit over one that is in', async () => {
      await log.publish([record('same', 0)]);
      const { child, until } = await hangingMember(0, 4);
      child.kill('SIGSTOP');
      await log.publish(numbers(1, 10).map((number) => record('same', number)));
      const seen = collect();
      await log.subscribe({ group: 'g', topics: [TOPIC], handle: seen.handle });
      await seen.count(10);
      await expect.poll(() => behind(log, 'g')).toBe(0n);
      child.kill('SIGCONT');
      child.stdin.write('go\n');
      expect(await until('stopped')).toContain('0');
      expect(await behind(log, 'g')).toBe(0n);
      expect(seen.records.map(numberOf)).toEqual(numbers(0, 10));
    });

  test('handle every record, each key in order, while members come and go in a loop', { timeout: 60_000 }, async () => {
    const seen: LogRecord[] = [];
    const handle = async (batch: readonly LogRecord[]) => void seen.push(...batch);
    const join = (on: EventLog) => on.subscribe({ group: 'g', topics: [TOPIC], handle, maxBatch: 20 });
    const logs = [log, sharesGroups ? await place.open() : log];
    const first = await join(log);
    const publishing = publishSteadily(log, 3_000);
    let isOver = false;
    void publishing.then(() => (isOver = true));
    const comeAndGo = async (on: EventLog) => {
      for (let rounds = 0; rounds < 3 || !isOver; rounds += 1) await (await join(on)).stop();
    };
    await Promise.all([publishing, ...logs.map(comeAndGo)]);
    await expect.poll(() => behind(log, 'g')).toBe(0n);
    await first.stop();
    expectEachKeyInOrder(seen, 3_000);
  });

  test('keep a partition for a dependency that is away longer than a session', { timeout: 60_000 }, async () => {
    const incidents: Incident[] = [];
    const seen = collect();
    const other = sharesGroups ? await place.open() : log;
    const subscriptions: Subscription[] = [];
    const awayMs = sharesGroups ? SESSION_MS * 1.2 : 500;
    const began = performance.now();
    for (const on of [log, other]) {
      subscriptions.push(
        await on.subscribe({
          group: 'g',
          topics: [TOPIC],
          maxTries: 1,
          onIncident: (incident) => incidents.push(incident),
          async handle(batch) {
            if (performance.now() - began < awayMs) throw new StarlingError('UNAVAILABLE', 'away');
            await seen.handle(batch);
          },
        }),
      );
    }
    await log.publish(KEYS.map((key, number) => record(key, number)));
    await seen.count(KEYS.length);
    await expect.poll(() => behind(log, 'g')).toBe(0n);
    expect(seen.records).toHaveLength(KEYS.length);
    expect(incidents.map(({ kind }) => kind).sort()).toEqual([...Array(4).fill('paused'), ...Array(4).fill('resumed')]);
    expect(subscriptions.every((subscription) => subscription.isAlive())).toBe(true);
  });
}

/** Numbers count up within each key. */
async function publishTo(log: EventLog, from: number, to: number): Promise<void> {
  await log.publish(numbers(from, to).map((number) => record(KEYS[number % KEYS.length] ?? '', number)));
}

async function publishSteadily(log: EventLog, total: number): Promise<void> {
  for (let from = 0; from < total; from += 50) await publishTo(log, from, from + 50);
}

/** What came again does not count: a key's records are first seen in their order, and all of them. */
function expectEachKeyInOrder(seen: readonly LogRecord[], total: number): void {
  for (const [at, key] of KEYS.entries()) {
    const firstSeen = [...new Set(seen.filter((one) => one.key === key).map(numberOf))];
    expect(firstSeen).toEqual(numbers(0, total).filter((number) => number % KEYS.length === at));
  }
}
