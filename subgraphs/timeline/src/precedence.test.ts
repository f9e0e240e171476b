import { expect, test, vi } from 'vitest';
import { createPrecedence } from './precedence.ts';

test('long work waits until no short work is in hand', async () => {
  const { first, giveWay } = createPrecedence(60_000);
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
  const { first, giveWay } = createPrecedence(5);
  const hold = Promise.withResolvers<undefined>();
  const short = first(() => hold.promise);
  await giveWay();
  hold.resolve(undefined);
  await short;
});

test('short work that fails is done with, and tells its failure', async () => {
  const { first, giveWay } = createPrecedence(60_000);
  await expect(first(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  await giveWay();
});

test('with no short work in hand, what has come in has its turn', async () => {
  const { giveWay } = createPrecedence(60_000);
  const order: string[] = [];
  setImmediate(() => order.push('came in'));
  await giveWay().then(() => order.push('went on'));
  expect(order).toEqual(['came in', 'went on']);
});
