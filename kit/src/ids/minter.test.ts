import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMinter } from './minter.ts';
import type { HeldNode } from './node-lease.ts';
import type { IdLayout } from './port.ts';

const layout: IdLayout = {
  nodes: 8,
  perMillisecond: 4,
  compose: ({ atMs, node, sequence, marked }) =>
    `${String(atMs).padStart(15, '0')}.${node}.${marked ? 1 : 0}.${sequence}`,
};
/** Two ids that differ in the mark alone must not exist either: the sequence is shared. */
const withoutMark = (id: string) => id.replace(/\.[01]\.(\d)$/, '.$1');

function minterAt(clock: { ms: number }, held: HeldNode | null = { node: 3, aboveMs: 0, untilMs: Infinity }) {
  return createMinter({ lease: { current: () => held, release: async () => {} }, layout, now: () => clock.ms });
}

function tryMint(mint: () => string): string | null {
  try {
    return mint();
  } catch (error) {
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    return null;
  }
}

test('however the clock jumps, ids are unique and rise', () => {
  const steps = fc.array(
    fc.record({ jump: fc.integer({ min: -200, max: 200 }), mints: fc.integer({ min: 0, max: 12 }) }),
  );
  fc.assert(
    fc.property(steps, (script) => {
      const clock = { ms: 1_000_000 };
      const minter = minterAt(clock);
      const ids: string[] = [];
      for (const { jump, mints } of script) {
        clock.ms += jump;
        for (let count = 0; count < mints; count += 1) {
          const id = tryMint(() => minter.mint({ marked: count % 2 === 1 }));
          if (id !== null) ids.push(withoutMark(id));
        }
      }
      expect(ids).toEqual([...new Set(ids)].sort());
    }),
  );
});

test('a small step back of the clock is bridged, a big one refused until the clock is back', () => {
  const clock = { ms: 1_000_000 };
  const minter = minterAt(clock);
  const first = minter.mint();
  clock.ms -= 50;
  expect(minter.mint() > first).toBe(true);
  clock.ms -= 1;
  expect(() => minter.mint()).toThrow(/clock has gone back/);
  clock.ms = 1_000_001;
  expect(minter.mint() > first).toBe(true);
});

test('a jump ahead of the lease mints nothing and does no harm afterwards', () => {
  const clock = { ms: 1000 };
  const minter = minterAt(clock, { node: 1, aboveMs: 900, untilMs: 2000 });
  clock.ms = 5000;
  expect(() => minter.mint()).toThrow(/ahead of the lease/);
  clock.ms = 1001;
  expect(minter.mint()).toBe('000000000001001.1.0.0');
});

test('nothing is minted below what the node has used before, nor without a lease', () => {
  expect(minterAt({ ms: 990 }, { node: 1, aboveMs: 1000, untilMs: 2000 }).mint()).toBe('000000000001001.1.0.0');
  expect(() => minterAt({ ms: 990 }, null).mint()).toThrow(/lease .* has run out/);
});
