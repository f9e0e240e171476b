import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createPasswords } from './passwords.ts';
import { codes, openTestUsers, PASSWORD, type TestUsers } from './testing/open-test-users.ts';

let users: TestUsers;
beforeAll(async () => {
  users = await openTestUsers();
  await users.register('ada');
});
afterAll(() => users.close());

const login = (name: string, password = PASSWORD, on = users) => on.mutate('login', { login: name, password });

describe('login', () => {
  test.each(['ada', 'ADA', '@ada', ' ada ', 'ada@example.com', 'Ada@Example.COM'])('takes %j', async (name) => {
    const { user, accessToken, refreshToken } = await login(name);
    expect(user?.handle).toBe('ada');
    expect((await users.principalOf(accessToken ?? '')).userId).toBe(user?.id);
    expect(refreshToken).not.toBeNull();
  });

  test.each(['ada', 'ada@example.com', 'nobody', 'nobody@example.com', "' OR 1=1 --", 'x'.repeat(300)])(
    'answers a wrong password and an unknown login alike: %j',
    async (name) => {
      expect(await login(name, 'wrong password')).toEqual({
        user: null,
        accessToken: null,
        refreshToken: null,
        userErrors: [{ code: 'WRONG_CREDENTIALS', field: null, message: 'Login or password is wrong.' }],
      });
    },
  );

  it('says what is malformed', async () => {
    expect(codes(await login('a\ud800', 'x\0'))).toEqual(['MALFORMED login', 'MALFORMED password']);
    expect(codes(await login('', ''))).toEqual(['EMPTY login', 'EMPTY password']);
    expect(codes(await login('x'.repeat(10_000), 'y'.repeat(10_000)))).toEqual(['TOO_LONG login', 'TOO_LONG password']);
  });

  it('does not care how an accent was typed', async () => {
    await users.register('zoe', { password: 'pass\u00e9word' });
    expect((await login('zoe', 'passe\u0301word')).user?.handle).toBe('zoe');
  });

  it('renews a hash that was made at another cost, and only then', async () => {
    const hashOf = async () => {
      const { rows } = await users.database.pool.query<{ hash: string }>(
        "SELECT password_hash AS hash FROM account WHERE handle = 'ada'",
      );
      return rows[0]?.hash;
    };
    const before = await hashOf();
    await login('ada');
    expect(await hashOf()).toBe(before);
    const old = await createPasswords({ passwordMemoryKiB: 16, passwordPasses: 2, passwordLanes: 1 }).hash(PASSWORD);
    await users.database.pool.query("UPDATE account SET password_hash = $1 WHERE handle = 'ada'", [old]);
    expect((await login('ada')).user?.handle).toBe('ada');
    expect(await hashOf()).toContain('m=8,t=1,p=1');
    expect((await login('ada')).user?.handle).toBe('ada');
  });

  it('takes everybody who comes at once while a hash is renewed', async () => {
    const old = await createPasswords({ passwordMemoryKiB: 16, passwordPasses: 2, passwordLanes: 1 }).hash(PASSWORD);
    await users.database.pool.query("UPDATE account SET password_hash = $1 WHERE handle = 'ada'", [old]);
    const answers = await Promise.all(Array.from({ length: 8 }, () => login('ada')));
    expect(answers.flatMap(codes)).toEqual([]);
  });
});

describe('too many attempts', () => {
  it('at one login are refused, the right password included, with the time to wait', async () => {
    const strict = await openTestUsers({ loginAttemptsPerLogin: 3 });
    await strict.register('ada');
    for (let attempt = 0; attempt < 3; attempt += 1)
      expect(codes(await login('ada', 'wrong', strict))).toEqual(['WRONG_CREDENTIALS']);
    const { errors } = await strict.ask<unknown>(
      'mutation { login(input: { login: "ADA", password: "correct horse" }) { accessToken } }',
    );
    const { code, retryAfterMs } = errors?.[0]?.extensions ?? {};
    expect([code, typeof retryAfterMs]).toEqual(['RATE_LIMITED', 'number']);
    expect((await login('ada@example.com', PASSWORD, strict)).user?.handle).toBe('ada');
    await strict.close();
  });

  it('are forgiven by a success', async () => {
    const strict = await openTestUsers({ loginAttemptsPerLogin: 2 });
    await strict.register('ada');
    for (let round = 0; round < 3; round += 1) {
      expect(codes(await login('ada', 'wrong', strict))).toEqual(['WRONG_CREDENTIALS']);
      expect((await login('ada', PASSWORD, strict)).user?.handle).toBe('ada');
    }
    await strict.close();
  });

  it('from one address are refused whatever the login, also at once', async () => {
    const strict = await openTestUsers({ loginAttemptsPerAddress: 3 });
    const attempts = Array.from({ length: 5 }, (_, index) =>
      strict.mutate('login', { login: `u${index}`, password: 'wrong' }, { address: '192.0.2.1' }),
    );
    const refused = (await Promise.all(attempts)).filter(({ error }) => error === 'RATE_LIMITED');
    expect(refused).toHaveLength(2);
    expect(
      (await strict.mutate('login', { login: 'u9', password: 'wrong' }, { address: '192.0.2.2' })).error,
    ).toBeUndefined();
    await strict.close();
  });

  it('with a stolen access token at the password are refused too', async () => {
    const strict = await openTestUsers({ loginAttemptsPerLogin: 2 });
    const { accessToken: token } = await strict.register('ada');
    const guess = () => strict.mutate('deactivateAccount', { password: 'wrong' }, { token });
    expect(codes(await guess())).toEqual(['WRONG_CREDENTIALS password']);
    expect(codes(await guess())).toEqual(['WRONG_CREDENTIALS password']);
    expect((await guess()).error).toBe('RATE_LIMITED');
    await strict.close();
  });
});
