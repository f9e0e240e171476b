import { isId, timeOfId } from '@starling/domain/ids.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestUsers, PASSWORD, type TestUsers } from './testing/open-test-users.ts';

let users: TestUsers;
beforeAll(async () => (users = await openTestUsers()));
afterAll(() => users.close());

const UNKNOWN = '1'.padEnd(19, '0');
const AT_MS = Date.UTC(2020, 0, 1);
const person = (handle: string, createdAtMs = AT_MS) => ({
  handle,
  name: `The ${handle}`,
  bio: 'imported',
  createdAtMs: BigInt(createdAtMs),
});
const load = (people: ReturnType<typeof person>[], emailDomain = 'import.example') =>
  users.rpc.importUsers(users.call, { users: people, password: PASSWORD, emailDomain });

describe('questions of other services', () => {
  it('are answered by id in the order asked, without what is unknown', async () => {
    const a = (await users.register('ann')).user?.id ?? '';
    const b = (await users.register('ben')).user?.id ?? '';
    const { users: facts } = await users.rpc.getUsers(users.call, { ids: [b, UNKNOWN, 'x', a] });
    expect(facts).toEqual([
      { id: b, handle: 'ben', name: 'ben', state: 'active', isPrivate: false, revision: 1n },
      { id: a, handle: 'ann', name: 'ann', state: 'active', isPrivate: false, revision: 1n },
    ]);
    await expect(users.rpc.getUsers(users.call, { ids: Array.from({ length: 1001 }, () => a) })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('list everybody, erased people included, by pages of facts, and refuse other pages', async () => {
    const added = (await Promise.all(['una', 'ugo', 'ute'].map((handle) => users.register(handle)))).map(
      ({ user }) => user?.id ?? '',
    );
    await users.operators.erase(added[2] ?? '');
    const listed = [];
    let total = 0n;
    for (let afterId = ''; ;) {
      const page = await users.rpc.listUsers(users.call, { afterId, limit: 2 });
      listed.push(...page.users);
      total ||= page.total;
      if (page.users.length < 2) break;
      afterId = page.users[1]?.id ?? '';
    }
    expect(total).toBe(BigInt(listed.length));
    const ids = listed.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    const stateOf = new Map(listed.map(({ id, state }) => [id, state]));
    expect(added.map((id) => stateOf.get(id))).toEqual(['active', 'active', 'erased']);
    expect(listed.find(({ id }) => id === added[2])?.revision).toBe(2n);
    for (const page of [
      { afterId: '', limit: 0 },
      { afterId: '', limit: 1_001 },
      { afterId: 'x', limit: 1 },
    ])
      await expect(users.rpc.listUsers(users.call, page)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('list everybody who is not erased by pages of ids, and refuse other pages', async () => {
    const added = (await Promise.all(['pia', 'pol', 'pam'].map((handle) => users.register(handle)))).map(
      ({ user }) => user?.id ?? '',
    );
    await users.operators.erase(added[2] ?? '');
    const listed: string[] = [];
    for (let ids = ['']; ids.length > 0; listed.push(...ids)) {
      ({ ids } = await users.rpc.listUserIds(users.call, { afterId: listed.at(-1) ?? '', limit: 2 }));
    }
    expect(listed).toEqual([...new Set(listed)].sort());
    expect(listed).toEqual(expect.arrayContaining(added.slice(0, 2)));
    expect(listed).not.toContain(added[2]);
    for (const wrong of [
      { afterId: '', limit: 0 },
      { afterId: '', limit: 10_001 },
      { afterId: 'x', limit: 1 },
    ]) {
      await expect(users.rpc.listUserIds(users.call, wrong)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    }
  });

  it('are answered by handle and by e-mail address, without regard to case', async () => {
    const id = (await users.register('Carl')).user?.id;
    expect((await users.rpc.getUsersByHandle(users.call, { handles: ['cARL', 'nobody', '\0'] })).users).toMatchObject([
      { id, handle: 'Carl' },
    ]);
    expect((await users.rpc.getUserByEmail(users.call, { email: 'carl@EXAMPLE.com' })).users).toMatchObject([{ id }]);
    expect((await users.rpc.getUserByEmail(users.call, { email: 'x\0' })).users).toEqual([]);
  });

  it('about a session say whose it is, and no more once it has ended', async () => {
    const { user, accessToken: token } = await users.register('dan');
    const { sessionId } = await users.principalOf(token ?? '');
    const check = () => users.rpc.checkSession(users.call, { sessionId: sessionId ?? '' });
    expect(await check()).toEqual({ isOpen: true, userId: user?.id, userState: 'active' });
    await users.mutate('logout', null, { token });
    expect(await check()).toEqual({ isOpen: false, userId: '', userState: '' });
    expect((await users.rpc.checkSession(users.call, { sessionId: 'x' })).isOpen).toBe(false);
  });
});

describe('an import', () => {
  it('registers people at their own past moment, who can log in', async () => {
    const { ids, created } = await load([person('imp1'), person('imp2', AT_MS + 5)]);
    expect(created).toBe(2);
    expect(ids.map(timeOfId)).toEqual([AT_MS, AT_MS + 5]);
    const login = await users.mutate('login', { login: 'imp1@import.example', password: PASSWORD });
    expect(login.user).toMatchObject({ id: ids[0], name: 'The imp1' });
    expect(await users.eventsOf(ids[1] ?? '')).toMatchObject([
      { type: 'user.registered', handle: 'imp2', revision: 1, at: AT_MS + 5 },
    ]);
  });

  it('may be repeated, grown, and run twice at once', async () => {
    const people = Array.from({ length: 300 }, (_, index) => person(`twice${index}`));
    const [first, second] = await Promise.all([load(people), load(people.toReversed())]);
    expect(first.created + second.created).toBe(300);
    expect(second.ids.toReversed()).toEqual(first.ids);
    const again = await load([...people, person('TWICE0'), person('twice_more')]);
    expect(again.created).toBe(1);
    expect(again.ids.slice(0, 301)).toEqual([...first.ids, first.ids[0]]);
    const { rows } = await users.database.pool.query(`SELECT FROM outbox WHERE payload->>'handle' LIKE 'twice%'`);
    expect(rows).toHaveLength(301);
  });

  it('finds an id for each of thousands of people of one millisecond', { timeout: 60_000 }, async () => {
    const ids: string[] = [];
    for (let batch = 0; batch < 5; batch += 1) {
      const people = Array.from({ length: 1000 }, (_, index) => person(`crowd_${batch}_${index}`));
      ids.push(...(await load(people)).ids);
    }
    expect(new Set(ids).size).toBe(5000);
    expect(ids.every(isId)).toBe(true);
    expect(Math.max(...ids.map(timeOfId)) - AT_MS).toBeLessThan(10);
  });

  it('refuses as a whole what it cannot take', async () => {
    await users.register('holder', { email: 'taken@import.example' });
    const outcomes = await Promise.allSettled([
      load([person('fine1'), person('not fine')]),
      load([person('fine1'), person('taken')]),
      load([person('fine1')], 'nodots'),
      load([person('fine1', Date.UTC(1990, 0, 1))]),
      load(Array.from({ length: 1001 }, (_, index) => person(`x${index}`))),
      users.rpc.importUsers(users.call, { users: [person('fine1')], password: 'short', emailDomain: 'import.example' }),
    ]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'BAD_USER_INPUT' } });
    expect((await users.rpc.getUsersByHandle(users.call, { handles: ['fine1'] })).users).toEqual([]);
  });
});
