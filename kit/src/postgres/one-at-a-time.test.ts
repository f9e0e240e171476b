import { expect, test } from 'vitest';
import { createTestDatabase } from '../testing/test-database.ts';
import { oneAtATime } from './one-at-a-time.ts';

test('of those who come for the same task at once one works, and others do when it has ended or failed', async () => {
  const { pool, drop } = await createTestDatabase();
  const hold = Promise.withResolvers<void>();
  const holds = Promise.withResolvers<void>();
  const done: string[] = [];
  const first = oneAtATime(pool, 'sweep', async () => {
    holds.resolve();
    await hold.promise;
    throw new Error('half-way');
  });
  await holds.promise;
  const work = (name: string) => async () => void done.push(name);
  expect(await oneAtATime(pool, 'sweep', work('second'))).toBe(false);
  expect(await oneAtATime(pool, 'paint', work('another'))).toBe(true);
  hold.resolve();
  await expect(first).rejects.toThrow('half-way');
  await expect.poll(() => oneAtATime(pool, 'sweep', work('third'))).toBe(true);
  expect(done).toEqual(['another', 'third']);
  await drop();
});
