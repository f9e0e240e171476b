import { expect, test } from 'vitest';
import { createLagMeter } from './lag-meter.ts';
import { FAR_AHEAD, furtherLsn, parseLsn } from './lsn.ts';

test('positions are compared as numbers, and what is none is far ahead', () => {
  expect(parseLsn('0/16B3748')).toBe(0x16b3748n);
  expect(parseLsn('1/0')).toBe(1n << 32n);
  expect(['', '0', '0/', 'x/1', '0/123456789'].map(parseLsn)).toEqual([null, null, null, null, null]);
  expect(furtherLsn('0/FFFFFFFF', '1/0')).toBe('1/0');
  expect(furtherLsn('A/9', '9/A')).toBe('A/9');
  expect(furtherLsn('0/1', 'nonsense')).toBe(FAR_AHEAD);
});

test('a replica is as old as the last look at which its primary was where it is', () => {
  const clock = { ms: 0 };
  const meter = createLagMeter(() => clock.ms);
  const look = (atMs: number, primary: bigint, replica: bigint) => {
    clock.ms = atMs;
    meter.note(atMs, { primary, replica });
    return meter.lagMs();
  };
  expect(meter.lagMs()).toBeNull();
  // It is behind where we first looked: nobody knows for how long.
  expect(look(0, 100n, 50n)).toBeNull();
  expect(look(100, 200n, 100n)).toBe(100);
  expect(look(200, 300n, 150n)).toBe(200);
  expect(look(300, 300n, 250n)).toBe(200);
  expect(look(400, 300n, 300n)).toBe(0);
  expect([300n, 301n].map(meter.hasReached)).toEqual([true, false]);
});

test('what was learnt a while ago is no knowledge', () => {
  const clock = { ms: 0 };
  const meter = createLagMeter(() => clock.ms);
  meter.note(0, { primary: 1n, replica: 1n });
  clock.ms = 1000;
  expect(meter.lagMs()).toBe(1000);
  clock.ms = 1001;
  expect(meter.lagMs()).toBeNull();
  meter.reset();
  expect(meter.hasReached(1n)).toBe(false);
});

test('however long a replica stands still, what is remembered is bounded and its age is right', () => {
  const clock = { ms: 0 };
  const meter = createLagMeter(() => clock.ms);
  for (let at = 0; at <= 10_000; at += 1) {
    clock.ms = at * 100;
    meter.note(clock.ms, { primary: BigInt(at), replica: 0n });
  }
  expect(meter.lagMs()).toBe(1_000_000);
  clock.ms += 100;
  meter.note(clock.ms, { primary: 10_001n, replica: 10_000n });
  expect(meter.lagMs()).toBe(100);
});
