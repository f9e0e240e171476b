import { expect, test, vi } from 'vitest';
import { createPrecedence } from './precedence.ts';

test('long work waits until no short work is in hand', async () => {
  const { first, giveWay } = createPrecedence({ longestMs: 60_000, calmAfterMs: 0 });
  const [one, other] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const short = [first(() => one.promise), first(() => other.promise)];
  const went = vi.fn();
  const long = giveWay().then(went);
  one.resolve(undefined);
  await short[0];
  await new Promise((resolve) => setImmediate(resolve));
  expect(went).not.toHaveBeenCalled();
  other.resolve(undefined);
  await long;
  await Promise.all(short);
});

test('but not for ever', async () => {
  const { first, giveWay } = createPrecedence({ longestMs: 5, calmAfterMs: 0 });
  const hold = Promise.withResolvers<undefined>();
  const short = first(() => hold.promise);
  await giveWay();
  hold.resolve(undefined);
  await short;
});

test('short work that fails is done with, and tells its failure', async () => {
  const { first, giveWay } = createPrecedence({ longestMs: 60_000, calmAfterMs: 0 });
  await expect(first(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  await giveWay();
});

test('with no short work in hand, what has come in has its turn', async () => {
  const { giveWay } = createPrecedence({ longestMs: 60_000, calmAfterMs: 0 });
  const order: string[] = [];
  setImmediate(() => order.push('came in'));
  await giveWay().then(() => order.push('went on'));
  expect(order).toEqual(['came in', 'went on']);
});

test('it is calm when there was no short work for a while', async () => {
  const clock = { now: 0 };
  const { first, isCalm } = createPrecedence({ longestMs: 60_000, calmAfterMs: 100, now: () => clock.now });
  expect(isCalm()).toBe(true);
  const hold = Promise.withResolvers<undefined>();
  const short = first(() => hold.promise);
  clock.now = 1_000;
  expect(isCalm()).toBe(false);
  hold.resolve(undefined);
  await short;
  clock.now = 1_099;
  expect(isCalm()).toBe(false);
  clock.now = 1_100;
  expect(isCalm()).toBe(true);
});
