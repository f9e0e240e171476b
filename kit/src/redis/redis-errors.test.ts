import { expect, test } from 'vitest';
import { withRedisAway } from './redis-errors.ts';

test.each([
  'MISCONF Errors writing to the AOF file: No space left on device',
  'MISCONF Errors writing to the AOF file: No space left on device script: 1be7, on @user_script:31.',
  "OOM command not allowed when used memory > 'maxmemory'.",
])('that it cannot serve now is told in its own words: %s', (said) => {
  expect(withRedisAway(new Error(said))).toMatchObject({
    ...{ code: 'UNAVAILABLE', message: `Redis cannot serve now: ${said}` },
  });
});

test('that it cannot be reached is told without the words of the client', () => {
  const cause = new Error('Command timed out');
  expect(withRedisAway(cause)).toMatchObject({ code: 'UNAVAILABLE', message: 'Redis cannot be reached', cause });
});

test('a fault of the command is left as it is', () => {
  const error = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
  expect(withRedisAway(error)).toBe(error);
});
