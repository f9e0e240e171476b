import { expect, test } from 'vitest';
import { portNumbers, portsAt } from './ports.ts';

test('ports differ, and stay apart when moved by 500', () => {
  const all = [0, 500, 1000].flatMap((offset) => portNumbers(portsAt(offset)));
  expect(new Set(all).size).toBe(all.length);
});

test('no outgoing connection of the system takes one of them first', () => {
  expect(Math.max(...portNumbers(portsAt(13_000)))).toBeLessThan(32_768);
});

test('the door is never where browsers refuse to go', () => {
  expect(() => portsAt(2000)).toThrow('Browsers open nothing on port 6000, so the port offset cannot be 2000.');
});

test.each([-1, 0.5, 30_001, Number.NaN])('%d is no offset', (offset) => {
  expect(() => portsAt(offset)).toThrow(RangeError);
});
