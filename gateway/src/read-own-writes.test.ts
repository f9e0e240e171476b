import { createEmbeddedPositionStore } from '@starling/kit/consistency/embedded.ts';
import { createCall } from '@starling/kit/call.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { FAR_AHEAD } from '@starling/kit/postgres/lsn.ts';
import { ANONYMOUS, type CallContext, type Consistency } from '@starling/kit/principal.ts';
import { expect, test } from 'vitest';
import { createReadOwnWrites } from './read-own-writes.ts';

const TTL_MS = 30_000;
const callOf = (userId: string | null) => createCall({ principal: { ...ANONYMOUS, userId } });
const see = async ({ consistency }: CallContext): Promise<Consistency | undefined> => ({ ...consistency });

function open({ isAway = () => false }: { isAway?: () => boolean } = {}) {
  const clock = { ms: 0 };
  const kept = createEmbeddedPositionStore({ ttlMs: TTL_MS });
  const warnings: string[] = [];
  const away = async () => {
    throw new StarlingError('UNAVAILABLE', 'away');
  };
  const store = {
    note: (userId: string, wrote: Consistency) => (isAway() ? away() : kept.note(userId, wrote)),
    read: (userId: string) => (isAway() ? away() : kept.read(userId)),
  };
  const logger = { warn: (_facts: object, message: string) => void warnings.push(message) } as never;
  return { clock, warnings, ...createReadOwnWrites({ store, ttlMs: TTL_MS, logger, now: () => clock.ms }) };
}

test('what somebody has written goes with their next requests, and with nobody else’s', async () => {
  const { run } = open();
  await run(callOf('ada'), async ({ onWrote }) => {
    onWrote?.('tweets', '0/20');
    onWrote?.('graph', '0/30');
    onWrote?.('tweets', '0/10');
  });
  expect(await run(callOf('ada'), see)).toEqual({ tweets: '0/20', graph: '0/30' });
  expect(await run(callOf('bob'), see)).toEqual({});
  expect(await run(callOf(null), see)).toEqual({});
});

test('the later steps of an operation see what its first has written', async () => {
  const { run } = open();
  const seen = await run(callOf('ada'), async (call) => {
    call.onWrote?.('tweets', '0/20');
    return see(call);
  });
  expect(seen).toEqual({ tweets: '0/20' });
});

test('what a failed operation has written is remembered too', async () => {
  const { run } = open();
  const failing = run(callOf('ada'), async ({ onWrote }) => {
    onWrote?.('tweets', '0/20');
    throw new Error('half-way');
  });
  await expect(failing).rejects.toThrow('half-way');
  expect(await run(callOf('ada'), see)).toEqual({ tweets: '0/20' });
});

test('while positions cannot be had, and for their time after, everybody has just written', async () => {
  let isAway = false;
  const { run, clock, warnings } = open({ isAway: () => isAway });
  const everything = { '*': FAR_AHEAD };
  isAway = true;
  expect(await run(callOf('ada'), see)).toEqual(everything);
  isAway = false;
  expect(await run(callOf('ada'), see)).toEqual(everything);
  clock.ms = TTL_MS;
  expect(await run(callOf('ada'), see)).toEqual({});
  await run(callOf('ada'), async ({ onWrote }) => {
    isAway = true;
    onWrote?.('tweets', '0/20');
  });
  isAway = false;
  clock.ms = 2 * TTL_MS - 1;
  expect(await run(callOf('ada'), see)).toEqual(everything);
  expect(warnings).toHaveLength(2);
});
