import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@starling/prisma/users/generated/client.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSessionList } from './store/session-list.ts';
import { codes, openTestUsers, PASSWORD, type Payload, type TestUsers } from './testing/open-test-users.ts';

const DAY_MS = 86_400_000;

let users: TestUsers;
beforeAll(async () => (users = await openTestUsers()));
afterAll(() => users.close());

const login = (handle: string, password = PASSWORD) => users.mutate('login', { login: handle, password });
const refresh = (refreshToken: string | null) => users.mutate('refreshSession', { refreshToken });
const revoke = (input: object, token: string | null) =>
  users.mutate('revokeSession', input, { token }) as Promise<
    Payload & { error?: string; sessions: { id: string; isCurrent: boolean }[] | null }
  >;

async function sessionsOf(token: string | null) {
  const { data, errors } = await users.ask<{ sessions: { id: string; isCurrent: boolean; expiresAt: string }[] }>(
    '{ sessions { id isCurrent createdAt lastUsedAt expiresAt userAgent } }',
    {},
    { token },
  );
  expect(errors).toBeUndefined();
  return data?.sessions ?? [];
}

async function isOpen(token: string | null): Promise<boolean> {
  const { sessionId } = await users.principalOf(token ?? '');
  return (await users.rpc.checkSession(users.call, { sessionId: sessionId ?? '' })).isOpen;
}

describe('refresh', () => {
  it('trades a token for new ones of the same session', async () => {
    const first = await users.register('rita');
    const second = await refresh(first.refreshToken);
    expect(second).toMatchObject({ user: { handle: 'rita' }, userErrors: [] });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const third = await refresh(second.refreshToken);
    const [a, b] = await Promise.all([
      users.principalOf(first.accessToken ?? ''),
      users.principalOf(third.accessToken ?? ''),
    ]);
    expect(a).toEqual(b);
  });

  it('ends the session when a token comes a second time, and leaves other sessions alone', async () => {
    const first = await users.register('rob');
    const other = await login('rob');
    const second = await refresh(first.refreshToken);
    expect(codes(await refresh(first.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
    expect(codes(await refresh(second.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
    expect(await isOpen(second.accessToken)).toBe(false);
    expect((await refresh(other.refreshToken)).user?.handle).toBe('rob');
  });

  it('lets one of many concurrent uses win', async () => {
    const { refreshToken, accessToken } = await users.register('rosa');
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
    expect(outcomes.filter(({ user }) => user !== null)).toHaveLength(1);
    expect(await isOpen(accessToken)).toBe(false);
  });

  it('refuses what it never gave out', async () => {
    for (const token of ['', 'x', 'a'.repeat(43), 'é'.repeat(43), '\0']) {
      expect(codes(await refresh(token))).toEqual(['INVALID_TOKEN refreshToken']);
    }
  });

  it('keeps a session for 30 days from its last use, and no longer', async () => {
    let { refreshToken, accessToken } = await users.register('slow');
    for (let round = 0; round < 2; round += 1) {
      users.clock.ms += 29 * DAY_MS;
      ({ refreshToken, accessToken } = await refresh(refreshToken));
      expect(await isOpen(accessToken)).toBe(true);
    }
    users.clock.ms += 30 * DAY_MS;
    expect(codes(await refresh(refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
  });

  it('stores no token', async () => {
    const { refreshToken } = await users.register('secret');
    const { rows } = await users.database.pool.query<{ hash: Buffer }>('SELECT hash FROM refresh_token');
    expect(
      rows.every(({ hash }) => hash.length === 32 && !hash.equals(Buffer.from(refreshToken ?? '', 'base64url'))),
    ).toBe(true);
  });
});

describe('sessions', () => {
  it('are listed for their owner, last used first, and ended one by one', async () => {
    const laptop = await users.register('sam');
    users.clock.ms += 1000;
    const phone = await login('sam');
    const [first, second, ...others] = await sessionsOf(laptop.accessToken);
    expect([first?.isCurrent, second?.isCurrent, others.length]).toEqual([false, true, 0]);
    const left = await revoke({ sessionId: first?.id }, laptop.accessToken);
    expect(left.sessions).toEqual([{ id: second?.id, isCurrent: true }]);
    expect(codes(await refresh(phone.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
  });

  it('all but the one that asks can be ended at once', async () => {
    const here = await users.register('sue');
    await login('sue');
    await login('sue');
    expect((await revoke({ allOthers: true }, here.accessToken)).sessions).toMatchObject([{ isCurrent: true }]);
    expect((await refresh(here.refreshToken)).user?.handle).toBe('sue');
  });

  it('of others cannot be ended, and wrong input ends none', async () => {
    const victim = await users.register('vic');
    const { accessToken } = await users.register('eve');
    const [theirs] = await sessionsOf(victim.accessToken);
    expect(codes(await revoke({ sessionId: theirs?.id }, accessToken))).toEqual(['NOT_FOUND sessionId']);
    expect(codes(await revoke({ sessionId: 'x' }, accessToken))).toEqual(['MALFORMED sessionId']);
    expect(codes(await revoke({}, accessToken))).toEqual(['MALFORMED']);
    expect(codes(await revoke({ sessionId: theirs?.id, allOthers: true }, accessToken))).toEqual(['MALFORMED']);
    expect(await isOpen(victim.accessToken)).toBe(true);
    expect(await isOpen(accessToken)).toBe(true);
  });

  it('end with a logout, after which the access token changes nothing', async () => {
    const { accessToken: token, refreshToken } = await users.register('lou');
    expect(codes(await users.mutate('logout', null, { token }))).toEqual([]);
    expect(codes(await users.mutate('logout', null, { token }))).toEqual([]);
    expect(codes(await refresh(refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
    expect((await users.mutate('editProfile', { name: 'Lou' }, { token })).error).toBe('UNAUTHENTICATED');
    expect((await revoke({ allOthers: true }, token)).error).toBe('UNAUTHENTICATED');
  });

  it('are nothing to those without a token', async () => {
    const { errors } = await users.ask('{ sessions { id } }');
    expect(errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
    expect((await users.mutate('logout', null)).error).toBe('UNAUTHENTICATED');
    expect((await users.mutate('editProfile', { name: 'x' })).error).toBe('UNAUTHENTICATED');
  });
});

describe('changing the password', () => {
  it('ends the other sessions and the old password', async () => {
    const here = await users.register('pat');
    const there = await login('pat');
    const outcome = await users.mutate(
      'changePassword',
      { currentPassword: PASSWORD, newPassword: 'battery staple' },
      { token: here.accessToken },
    );
    expect(outcome).toMatchObject({ user: { handle: 'pat' }, userErrors: [] });
    expect((await refresh(here.refreshToken)).user?.handle).toBe('pat');
    expect(codes(await refresh(there.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
    expect(codes(await login('pat'))).toEqual(['WRONG_CREDENTIALS']);
    expect((await login('pat', 'battery staple')).user?.handle).toBe('pat');
  });

  it('needs the present one, and a good new one', async () => {
    const { accessToken: token } = await users.register('pam');
    const change = (input: object) => users.mutate('changePassword', input, { token });
    expect(codes(await change({ currentPassword: 'wrong', newPassword: 'battery staple' }))).toEqual([
      'WRONG_CREDENTIALS currentPassword',
    ]);
    expect(codes(await change({ currentPassword: PASSWORD, newPassword: 'short' }))).toEqual(['TOO_SHORT newPassword']);
    expect(codes(await change({ currentPassword: 'x\ud800', newPassword: 'battery staple' }))).toEqual([
      'WRONG_CREDENTIALS currentPassword',
    ]);
    expect((await login('pam')).user?.handle).toBe('pam');
  });

  it('leaves no session that a login with the old password opened meanwhile', async () => {
    const { accessToken: token } = await users.register('pia');
    const [, ...logins] = await Promise.all([
      users.mutate('changePassword', { currentPassword: PASSWORD, newPassword: 'battery staple' }, { token }),
      ...Array.from({ length: 6 }, () => login('pia')),
    ]);
    const open = await Promise.all(
      logins.filter(({ accessToken }) => accessToken).map(({ accessToken }) => isOpen(accessToken)),
    );
    expect(open).not.toContain(true);
  });
});

it('expired sessions are pruned, open ones stay', async () => {
  const { refreshToken } = await users.register('gone');
  users.clock.ms += 29 * DAY_MS;
  const kept = await login('gone');
  users.clock.ms += DAY_MS;
  const prisma = new PrismaClient({ adapter: new PrismaPg(users.database.pool) });
  const over = { nowMs: users.clock.ms, sessionMs: users.config.sessionMs };
  await createSessionList(prisma).pruneSome({ ...over, limit: 99 });
  expect(codes(await refresh(refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
  expect((await refresh(kept.refreshToken)).user?.handle).toBe('gone');
  const { rows } = await users.database.pool.query('SELECT FROM session WHERE expires_at <= $1', [
    new Date(users.clock.ms),
  ]);
  expect(rows).toEqual([]);
});
