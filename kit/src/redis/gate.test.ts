import { afterEach, expect, test, vi } from 'vitest';
import { metricsText } from '../telemetry/metrics.ts';
import { createGate, type Gate } from './gate.ts';

const away = new Error('away');
const logger = { warn: () => {}, info: () => {} };

let gate: Gate;
afterEach(() => gate.close());

/** A server that is away until told otherwise. */
function openGate(beforeReturn: (awayMs: number) => Promise<void> = async () => {}) {
  const server = { isUp: false, probes: 0 };
  gate = createGate({
    name: 'test',
    isAway: (error) => error === away,
    async probe() {
      server.probes += 1;
      if (!server.isUp) throw away;
    },
    beforeReturn,
    logger,
  });
  return server;
}

const fail = () => gate.run(() => Promise.reject(away)).catch((error: unknown) => error);

async function closeGate(): Promise<void> {
  for (let failure = 0; failure < 5; failure += 1) expect(await fail()).toBe(away);
}

test('after some failures in a row calls fail without being sent', async () => {
  openGate();
  await closeGate();
  const send = vi.fn(async () => 1);
  await expect(gate.run(send)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(send).not.toHaveBeenCalled();
  expect(gate.isAway()).toBe(true);
});

test('whether it is closed is told in metrics', async () => {
  const server = openGate();
  const told = async () => /^starling_breaker_state\{breaker="Redis test"\} (\d)$/m.exec(await metricsText())?.[1];
  expect(await told()).toBe('0');
  await closeGate();
  expect(await told()).toBe('2');
  server.isUp = true;
  await vi.waitFor(async () => expect(await told()).toBe('0'));
});

test('a success in between, or an error of another kind, is no outage', async () => {
  openGate();
  for (let round = 0; round < 20; round += 1) {
    await fail();
    if (round % 2 === 0) await gate.run(async () => 1);
    await gate.run(() => Promise.reject(new Error('mine'))).catch(() => undefined);
  }
  expect(await gate.run(async () => 'through')).toBe('through');
});

test('calls that fail after later ones have succeeded are no outage, and are told as they failed', async () => {
  openGate();
  const hanging = Array.from({ length: 20 }, () => Promise.withResolvers<never>());
  const ends = hanging.map(({ promise }) => gate.run(() => promise).catch((error: unknown) => error));
  await gate.run(async () => 1);
  for (const { reject } of hanging) reject(away);
  expect(new Set(await Promise.all(ends))).toEqual(new Set([away]));
  expect(await gate.run(async () => 'through')).toBe('through');
  await closeGate();
  expect(gate.isAway()).toBe(true);
});

test('calls that hung on it while it was away do not close it once it is back', async () => {
  const server = openGate();
  const hanging = Array.from({ length: 20 }, () => Promise.withResolvers<never>());
  const ends = hanging.map(({ promise }) => gate.run(() => promise).catch((error: unknown) => error));
  await closeGate();
  server.isUp = true;
  await vi.waitFor(() => expect(gate.isAway()).toBe(false));
  for (const { reject } of hanging) reject(away);
  await Promise.all(ends);
  expect(gate.isAway()).toBe(false);
});

test('it opens by itself once the server answers, after what has to be done before', async () => {
  const order: string[] = [];
  const hold = Promise.withResolvers<undefined>();
  const server = openGate(async (awayMs) => {
    order.push(awayMs > 0 ? 'before' : 'no time');
    await hold.promise;
  });
  await closeGate();
  server.isUp = true;
  await vi.waitFor(() => expect(order).toEqual(['before']));
  await expect(gate.run(async () => order.push('too early'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  hold.resolve(undefined);
  await vi.waitFor(() => gate.run(async () => order.push('through')));
  expect(order).toEqual(['before', 'through']);
});

test('while what has to be done before fails, it stays closed and tries again', async () => {
  let tries = 0;
  const server = openGate(async () => {
    tries += 1;
    if (tries < 3) throw away;
  });
  await closeGate();
  server.isUp = true;
  await vi.waitFor(() => gate.run(async () => 1), 10_000);
  expect(tries).toBe(3);
});
