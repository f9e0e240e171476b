import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chainSlices } from './chain-slices.ts';
import type { DeliveredSlice } from './delivery-log/port.ts';

test('each slice begins where the one before ended, and those that hang on nothing are left out', () => {
  const [first, second, third] = [slice('', '20'), slice('20', '30'), slice('30', null)];
  expect(chainSlices([third, slice('25', '40'), first, second])).toEqual([first, second, third]);
  expect(chainSlices([third, first])).toEqual([first]);
  expect(chainSlices([third, second])).toEqual([]);
  expect(chainSlices([])).toEqual([]);
});

test('of several chains the one that comes furthest is taken, and of those the one that was there first', () => {
  const [small, big] = [slice('', '20'), slice('', '50')];
  expect(chainSlices([small, big])).toEqual([big]);
  const last = slice('20', null);
  expect(chainSlices([big, last, small])).toEqual([small, last]);
  const [early, late] = [slice('50', null, 7), slice('20', null, 9)];
  for (const all of [
    [small, big, early, late],
    [late, early, big, small],
  ])
    expect(chainSlices(all)).toEqual([big, early]);
});

test('of a whole push each follower is in one slice, wherever its slices were cut, repeated, gone on from and lost sight of', () => {
  const step = fc.record({ which: fc.nat(), size: fc.integer({ min: 1, max: 9 }), stays: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 40 }), (steps, followers) => {
      const notes: DeliveredSlice[] = [];
      const waiting = [0];
      const take = ({ which, size, stays }: { which: number; size: number; stays: boolean }): void => {
        const from = waiting[which % waiting.length];
        if (from === undefined) return;
        if (!stays) waiting.splice(waiting.indexOf(from), 1);
        const isLast = from + size > followers;
        const end = isLast ? followers : from + size;
        notes.push({ ...slice(placeOf(from), isLast ? null : placeOf(end)), parts: [part(end - from, notes.length)] });
        if (!isLast) waiting.push(end);
      };
      for (const one of steps) {
        take(one);
        expectChain(chainSlices(notes));
      }
      while (waiting.length > 0) take({ which: 0, size: 5, stays: false });
      const chain = chainSlices(notes);
      expectChain(chain);
      expect(chain.at(-1)?.lastId).toBeNull();
      expect(chain.reduce((sum, { parts }) => sum + parts[0]!.pushed, 0)).toBe(followers);
    }),
  );
});

function expectChain(chain: readonly DeliveredSlice[]): void {
  expect(chain.map(({ afterId }) => afterId)).toEqual(
    ['', ...chain.map(({ lastId }) => lastId)].slice(0, chain.length),
  );
}

function placeOf(followers: number): string {
  return followers === 0 ? '' : String(100 + followers);
}

function slice(afterId: string, lastId: string | null, atMs = 1): DeliveredSlice {
  return { entryId: '1', afterId, lastId, parts: [part(3, atMs)] };
}

function part(pushed: number, atMs: number) {
  return { atMs, pushed, pulled: 0 };
}
