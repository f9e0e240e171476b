import { createEmbeddedRateLimiter } from '@starling/kit/rate-limit/embedded.ts';
import { expect, test } from 'vitest';
import { changePassword } from './change-password.ts';
import { createPasswords } from './passwords.ts';
import { createAccountReader } from './store/account-reader.ts';
import { createAccountWriter } from './store/account-writer.ts';
import { codes, openTestUsers, PASSWORD } from './testing/open-test-users.ts';

test('a login that renews the hash meanwhile does not make the right password a wrong one', async () => {
  const users = await openTestUsers();
  const { pool } = users.database;
  const userId = (await users.register('ada')).user?.id ?? '';
  const old = await createPasswords({ passwordMemoryKiB: 16, passwordPasses: 2, passwordLanes: 1 }).hash(PASSWORD);
  await pool.query('UPDATE account SET password_hash = $1', [old]);
  const passwords = createPasswords(users.config);
  const login = (password: string) => users.mutate('login', { login: 'ada', password });
  const deps = {
    reader: createAccountReader(pool),
    writer: createAccountWriter(pool, { now: () => users.clock.ms, commits: { notify() {} } }),
    logins: createEmbeddedRateLimiter({ attempts: 9, windowMs: 60_000 }),
    passwords: {
      verify: passwords.verify,
      async hash(password: string) {
        expect(codes(await login(PASSWORD))).toEqual([]);
        return passwords.hash(password);
      },
    },
  };
  const input = { currentPassword: PASSWORD, newPassword: 'a newer password' };
  expect(await changePassword(deps, { userId, sessionId: null }, input)).toEqual([]);
  expect(codes(await login('a newer password'))).toEqual([]);
  expect(codes(await login(PASSWORD))).toEqual(['WRONG_CREDENTIALS']);
  await users.close();
});
