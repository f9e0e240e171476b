import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { codes, openTestUsers, PASSWORD, type TestUsers } from './testing/open-test-users.ts';

let users: TestUsers;
beforeAll(async () => (users = await openTestUsers()));
afterAll(() => users.close());

describe('register', () => {
  it('opens an account with a session and tells of it', async () => {
    const { user, accessToken, refreshToken, userErrors } = await users.register('Ada_L');
    expect(userErrors).toEqual([]);
    expect(user).toMatchObject({ handle: 'Ada_L', state: 'ACTIVE' });
    expect(refreshToken).toMatch(/^[\w-]{43}$/);
    const principal = await users.principalOf(accessToken ?? '');
    expect(principal).toMatchObject({ userId: user?.id, scopes: ['read', 'write', 'account'], roles: [] });
    expect(await users.eventsOf(user?.id ?? '')).toMatchObject([
      { type: 'user.registered', handle: 'Ada_L', revision: 1 },
    ]);
  });

  it('lets nobody have a handle or an address that differs in case only', async () => {
    await users.register('grace');
    expect(codes(await users.register('GRACE', { email: 'other@example.com' }))).toEqual(['TAKEN handle']);
    expect(codes(await users.register('grace2', { email: 'Grace@Example.com' }))).toEqual(['TAKEN email']);
    expect(codes(await users.register('Grace'))).toEqual(['TAKEN handle', 'TAKEN email']);
  });

  it('gives a handle that many ask for at once to one of them', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        users.register(index % 2 ? 'race' : 'RACE', { email: `race${index}@example.com` }),
      ),
    );
    expect(outcomes.filter(({ user }) => user !== null)).toHaveLength(1);
    expect(outcomes.filter((outcome) => codes(outcome).includes('TAKEN handle'))).toHaveLength(5);
    const { rows } = await users.database.pool.query(`SELECT FROM outbox WHERE payload->>'handle' ILIKE 'race'`);
    expect(rows).toHaveLength(1);
  });

  it('names every field that is wrong, and changes nothing', async () => {
    const outcome = await users.mutate('register', { handle: 'a b', name: ' ', email: 'nobody', password: 'short' });
    expect(codes(outcome)).toEqual(['MALFORMED handle', 'EMPTY name', 'MALFORMED email', 'TOO_SHORT password']);
    expect(outcome.user).toBeNull();
  });

  test.each([
    [{ handle: 'admin' }, 'TAKEN handle'],
    [{ handle: 'x\ud800' }, 'MALFORMED handle'],
    [{ name: 'x\udfff' }, 'MALFORMED name'],
    [{ name: 'x\0' }, 'MALFORMED name'],
    [{ email: 'x\0@example.com' }, 'MALFORMED email'],
    [{ password: '12345678\ud800' }, 'MALFORMED password'],
    [{ password: 'x'.repeat(257) }, 'TOO_LONG password'],
  ])('refuses %j with %s', async (input, code) => {
    expect(codes(await users.register('fine', input))).toEqual([code]);
  });
});

it('one address cannot open accounts without end', async () => {
  const strict = await openTestUsers({ registrationsPerAddress: 2 });
  const input = (handle: string) => ({ handle, name: handle, email: `${handle}@example.com`, password: PASSWORD });
  const from = { address: '192.0.2.1' };
  expect((await strict.mutate('register', input('one'), from)).user).not.toBeNull();
  expect((await strict.mutate('register', input('two'), from)).user).not.toBeNull();
  expect((await strict.mutate('register', input('three'), from)).error).toBe('RATE_LIMITED');
  expect((await strict.mutate('register', input('three'), { address: '192.0.2.2' })).user).not.toBeNull();
  await strict.close();
});
