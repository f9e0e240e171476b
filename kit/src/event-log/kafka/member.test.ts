import { setTimeout } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { StarlingError } from '../../errors.ts';
import type { LogRecord } from '../port.ts';
import { AHEAD } from './commits.ts';
import { type Member, createMember } from './member.ts';
import type { Session, SessionHooks } from './session.ts';

/** A session that does what the test says. */
type Played = Session & { hooks: SessionHooks; committed: bigint[]; isStopped: boolean };

let sessions: Played[];
let handled: bigint[];
let hold: Promise<void>;
let errors: unknown[];
const PATIENCE_MS = 100;
const MAX_BATCH = 10;
const PLACE = { topic: 't', partition: 0 };

beforeEach(() => {
  sessions = [];
  handled = [];
  errors = [];
  hold = Promise.resolve();
});

function play(hooks: SessionHooks): Session {
  const ended = Promise.withResolvers<unknown>();
  const session: Played = {
    hooks,
    committed: [],
    isStopped: false,
    ended: ended.promise,
    fail: ended.resolve,
    commit: async (positions) => void session.committed.push(...positions.map(({ offset }) => offset)),
    seek: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    stop: async () => void (session.isStopped = true),
  };
  sessions.push(session);
  return session;
}

function start(committed = 0n): Member {
  return createMember({
    options: {
      ...{ group: 'g', topics: ['t'], maxBatch: MAX_BATCH, concurrency: 1, maxTries: 1, onIncident: () => undefined },
      async handle(batch) {
        await hold;
        handled.push(...batch.map(({ offset }) => offset));
      },
    },
    openSession: play,
    positions: async () => [{ ...PLACE, committed, end: 100n }],
    publish: async () => undefined,
    isAway: (error) => error instanceof StarlingError,
    patienceMs: PATIENCE_MS,
    pauseAfter: () => 1,
    logger: { warn: () => undefined, error: (fields: object) => void errors.push(fields) },
  });
}

const latest = () => sessions.at(-1) ?? expect.fail('There is no session');
const fetched = (...offsets: bigint[]) => ({
  ...PLACE,
  records: offsets.map((offset): LogRecord => ({ ...PLACE, offset, key: '', value: '{}', headers: {}, appendedAt: 0 })),
  ...{ end: 100n, isStale: () => false, resolve: () => undefined },
});
const begun = (count: number) => vi.waitFor(() => expect(sessions).toHaveLength(count), { interval: 1 });
const committedBy = (session: Played, ...offsets: bigint[]) =>
  vi.waitFor(() => expect(session.committed).toEqual(offsets));

test('what breaks a session ends in another one, which goes on', async () => {
  const member = start();
  latest().hooks.onJoined([PLACE]);
  await member.joined;
  latest().fail(new Error('the crash'));
  await begun(2);
  expect(sessions[0]?.isStopped).toBe(true);
  latest().hooks.onJoined([PLACE]);
  await latest().hooks.onBatch(fetched(0n, 1n));
  await committedBy(latest(), 2n);
  expect(member.isAlive()).toBe(true);
});

test('one that breaks again and again is dead, and says so', async () => {
  const member = start();
  const joined = member.joined.catch((error: unknown) => error);
  for (let lives = 1; lives <= 6; lives += 1) {
    await begun(lives);
    expect(member.isAlive()).toBe(true);
    latest().fail(new Error('no such user'));
  }
  expect(await joined).toEqual(new Error('no such user'));
  expect(member.isAlive()).toBe(false);
  expect(errors).toHaveLength(1);
  expect(sessions).toHaveLength(6);
});

test('as long as the servers are away it tries again', async () => {
  const member = start();
  for (let lives = 1; lives < 30; lives += 1) {
    await begun(lives);
    latest().fail(new StarlingError('UNAVAILABLE', 'no broker'));
  }
  await begun(30);
  expect(member.isAlive()).toBe(true);
});

test('a rebalance waits for the batch in hand, but not for ever, and then that commits no more', async () => {
  const goes = Promise.withResolvers<void>();
  hold = goes.promise;
  const member = start();
  const session = latest();
  const { hooks } = session;
  hooks.onJoined([PLACE]);
  await member.joined;
  await hooks.onBatch(fetched(0n));
  const asked = performance.now();
  await vi.waitFor(() => expect(hooks.mayJoin()).toBe(true), { interval: 10 });
  expect(performance.now() - asked).toBeGreaterThanOrEqual(PATIENCE_MS - 1);
  hooks.onJoined([PLACE]);
  await hooks.onBatch(fetched(0n, 1n));
  expect(handled).toEqual([]);
  goes.resolve();
  await committedBy(session, 2n);
  expect(handled).toEqual([0n, 0n, 1n]);
});

test('a stop lets the batch in hand end and commits it, and takes up nothing more', async () => {
  const goes = Promise.withResolvers<void>();
  hold = goes.promise;
  const member = start();
  latest().hooks.onJoined([PLACE]);
  await member.joined;
  await latest().hooks.onBatch(fetched(0n));
  await latest().hooks.onBatch(fetched(1n));
  const stopped = member.stop();
  goes.resolve();
  await stopped;
  expect(handled).toEqual([0n]);
  expect(latest().committed).toEqual([1n]);
  expect(latest().isStopped).toBe(true);
});

test('while commits hang, no more is handled beyond what is committed than is told, and a batch', async () => {
  const member = start(70_000n);
  latest().hooks.onJoined([PLACE]);
  await member.joined;
  latest().commit = () => Promise.withResolvers<void>().promise;
  await latest().hooks.onBatch(fetched(...Array.from({ length: AHEAD + 500 }, (_, nth) => 70_000n + BigInt(nth))));
  await vi.waitFor(() => expect(handled.length).toBeGreaterThanOrEqual(AHEAD));
  await setTimeout(50);
  expect(handled).toHaveLength(AHEAD + MAX_BATCH);
});
