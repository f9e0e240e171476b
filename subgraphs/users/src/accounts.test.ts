import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codes, openTestUsers, PASSWORD, type TestUsers } from './testing/open-test-users.ts';

let users: TestUsers;
beforeAll(async () => (users = await openTestUsers()));
afterAll(() => users.close());

const edit = (token: string | null, input: object) => users.mutate('editProfile', input, { token });
const confirm = (name: string, token: string | null, password = PASSWORD) =>
  users.mutate(name, { password }, { token });
const login = (handle: string) => users.mutate('login', { login: handle, password: PASSWORD });
const typesOf = async (id: string) => (await users.eventsOf(id)).map(({ type, revision }) => `${type} ${revision}`);

async function someone(handle: string) {
  const { user, accessToken, refreshToken } = await users.register(handle);
  return { id: user?.id ?? '', token: accessToken, refreshToken };
}

async function profileOf(id: string, token: string | null = null) {
  const { data } = await users.ask<{ user: Record<string, unknown> | null }>(
    'query($id: ID) { user(id: $id) { handle name bio location website isPrivate state } }',
    { id },
    { token },
  );
  return data?.user ?? null;
}

describe('editing a profile', () => {
  it('changes what is given, leaves the rest, and shows at the next read', async () => {
    const { id, token } = await someone('edna');
    await profileOf(id);
    await edit(token, { bio: 'one\r\ntwo', location: 'Paris', website: 'https://example.com', isPrivate: true });
    expect(await profileOf(id)).toEqual({
      handle: 'edna',
      name: 'edna',
      bio: 'one\ntwo',
      location: 'Paris',
      website: 'https://example.com/',
      isPrivate: true,
      state: 'ACTIVE',
    });
    await edit(token, { website: null, bio: null, name: 'Edna' });
    expect(await profileOf(id)).toMatchObject({ website: null, bio: '', location: 'Paris', name: 'Edna' });
    expect(await users.eventsOf(id)).toMatchObject([
      { type: 'user.registered', revision: 1 },
      { type: 'user.changed', revision: 2, isPrivate: true, bio: 'one\ntwo' },
      { type: 'user.changed', revision: 3, name: 'Edna' },
    ]);
  });

  it('tells nobody of a change that changes nothing', async () => {
    const { id, token } = await someone('nell');
    expect((await edit(token, {})).user?.handle).toBe('nell');
    expect((await edit(token, { name: ' nell ', isPrivate: false, website: null })).user?.handle).toBe('nell');
    expect(await typesOf(id)).toEqual(['user.registered 1']);
  });

  it('refuses nulls and wrong values together, and changes nothing', async () => {
    const { id, token } = await someone('nora');
    const outcome = await edit(token, {
      handle: null,
      name: null,
      isPrivate: null,
      website: 'javascript:alert(1)',
      bio: 'fine',
    });
    expect(codes(outcome)).toEqual(['EMPTY handle', 'EMPTY name', 'MALFORMED website', 'MALFORMED isPrivate']);
    expect(await profileOf(id)).toMatchObject({ name: 'nora', bio: '' });
    expect(await typesOf(id)).toEqual(['user.registered 1']);
  });

  it('takes a new handle if it is free, frees the old one, and lets one write the own one another way', async () => {
    const { token } = await someone('olga');
    await someone('otto');
    expect(codes(await edit(token, { handle: 'OTTO' }))).toEqual(['TAKEN handle']);
    expect(codes(await edit(token, { handle: 'admin' }))).toEqual(['TAKEN handle']);
    expect((await edit(token, { handle: 'Olga' })).user?.handle).toBe('Olga');
    expect((await edit(token, { handle: 'olga_2' })).user?.handle).toBe('olga_2');
    expect((await users.register('olga', { email: 'new@example.com' })).user?.handle).toBe('olga');
  });

  it('keeps every one of many concurrent changes', async () => {
    const { id, token } = await someone('omar');
    await Promise.all([edit(token, { name: 'Omar' }), edit(token, { bio: 'b' }), edit(token, { location: 'l' })]);
    expect(await profileOf(id)).toMatchObject({ name: 'Omar', bio: 'b', location: 'l' });
    expect((await users.eventsOf(id)).map(({ revision }) => revision)).toEqual([1, 2, 3, 4]);
  });
});

describe('deactivating', () => {
  it('hides the account from all but its owner, who logs in and brings it back', async () => {
    const { id, token } = await someone('dora');
    expect(codes(await confirm('deactivateAccount', token, 'wrong'))).toEqual(['WRONG_CREDENTIALS password']);
    expect((await confirm('deactivateAccount', token)).user?.state).toBe('DEACTIVATED');
    expect((await confirm('deactivateAccount', token)).user?.state).toBe('DEACTIVATED');
    expect(await profileOf(id)).toBeNull();
    expect(await profileOf(id, token)).toMatchObject({ state: 'DEACTIVATED' });
    expect(codes(await edit(token, { name: 'x' }))).toEqual(['ACCOUNT_NOT_ACTIVE']);
    const again = await login('dora');
    expect(again.user?.state).toBe('DEACTIVATED');
    expect((await users.mutate('reactivateAccount', null, { token: again.accessToken })).user?.state).toBe('ACTIVE');
    expect((await users.mutate('reactivateAccount', null, { token: again.accessToken })).user?.state).toBe('ACTIVE');
    expect(await profileOf(id)).toMatchObject({ handle: 'dora' });
    expect(await typesOf(id)).toEqual(['user.registered 1', 'user.deactivated 2', 'user.reactivated 3']);
  });
});

describe('suspending', () => {
  it('is for operators to begin and to end; the owner still sees the account', async () => {
    const { id, token } = await someone('sven');
    await users.operators.suspend(id);
    expect(await profileOf(id)).toBeNull();
    expect((await login('sven')).user?.state).toBe('SUSPENDED');
    expect(codes(await users.mutate('reactivateAccount', null, { token }))).toEqual(['ACCOUNT_NOT_ACTIVE']);
    expect(codes(await confirm('deactivateAccount', token))).toEqual(['ACCOUNT_NOT_ACTIVE']);
    expect(await users.operators.unsuspend(id)).toBeNull();
    expect(await profileOf(id)).toMatchObject({ state: 'ACTIVE' });
    expect(await typesOf(id)).toEqual(['user.registered 1', 'user.suspended 2', 'user.reactivated 3']);
  });
});

describe('erasing', () => {
  it('leaves an empty tombstone, and of the events only the last', async () => {
    const { id, token, refreshToken } = await someone('erna');
    await edit(token, { name: 'Erna Secret', bio: 'private', location: 'home', website: 'https://erna.example' });
    expect(codes(await confirm('eraseAccount', token, 'wrong'))).toEqual(['WRONG_CREDENTIALS password']);
    expect(await confirm('eraseAccount', token)).toEqual({ erasedUserId: id, userErrors: [] });
    expect(await users.eventsOf(id)).toMatchObject([{ type: 'user.erased', userId: id, revision: 3 }]);
    const { rows } = await users.database.pool.query('SELECT * FROM account WHERE id = $1', [id]);
    expect(rows[0]).toMatchObject({
      handle: '',
      email: null,
      email_lower: null,
      password_hash: null,
      name: '',
      bio: '',
      location: '',
      website: null,
      state: 'erased',
    });
    const sessions = await users.database.pool.query('SELECT FROM session WHERE user_id = $1', [id]);
    expect(sessions.rowCount).toBe(0);
    expect(codes(await users.mutate('refreshSession', { refreshToken }))).toEqual(['INVALID_TOKEN refreshToken']);
    expect(codes(await login('erna'))).toEqual(['WRONG_CREDENTIALS']);
    expect(codes(await login('erna@example.com'))).toEqual(['WRONG_CREDENTIALS']);
  });

  it('shows nothing to anybody, keeps the handle, frees the address, and may be repeated', async () => {
    const { id, token } = await someone('emil');
    await Promise.all([confirm('eraseAccount', token), users.operators.erase(id), users.operators.erase(id)]);
    expect(await confirm('eraseAccount', token)).toEqual({ erasedUserId: id, userErrors: [] });
    expect(await profileOf(id)).toBeNull();
    expect(await profileOf(id, token)).toBeNull();
    expect(await typesOf(id)).toEqual(['user.erased 2']);
    expect(codes(await users.register('emil'))).toEqual(['TAKEN handle']);
    expect((await users.register('emil2', { email: 'emil@example.com' })).user?.handle).toBe('emil2');
    const { users: facts } = await users.rpc.getUsers(users.call, { ids: [id] });
    expect(facts).toMatchObject([{ id, handle: '', name: '', state: 'erased' }]);
    expect((await users.rpc.getUsersByHandle(users.call, { handles: ['emil', ''] })).users).toEqual([]);
    expect(await users.operators.suspend(id)).toBe('There is no such account.');
    expect(await typesOf(id)).toEqual(['user.erased 2']);
  });
});

describe('a change that is repeated because nobody heard of it shows at the next read', () => {
  type Someone = { id: string; token: string | null };
  const CHANGES: [string, (who: Someone) => Promise<unknown>, object | null][] = [
    ['an edit', ({ token }) => edit(token, { name: 'Anew' }), expect.objectContaining({ name: 'Anew' })],
    ['hiding it', ({ token }) => confirm('deactivateAccount', token), null],
    ['a suspension', ({ id }) => users.operators.suspend(id), null],
    ['an erasure', ({ token }) => confirm('eraseAccount', token), null],
    ['an erasure by operators', ({ id }) => users.operators.erase(id), null],
  ];
  it.each(CHANGES)('%s', async (what, change, shown) => {
    const who = await someone(`repeat${CHANGES.findIndex(([name]) => name === what)}`);
    expect(await profileOf(who.id)).toMatchObject({ state: 'ACTIVE' });
    const first = await users.unanswered(() => change(who));
    await profileOf(who.id);
    expect(await change(who)).toEqual(first);
    expect(await profileOf(who.id)).toEqual(shown);
  });

  const BACK: [string, (who: Someone) => Promise<unknown>, (who: Someone) => Promise<unknown>][] = [
    [
      'bringing it back',
      ({ token }) => confirm('deactivateAccount', token),
      ({ token }) => users.mutate('reactivateAccount', null, { token }),
    ],
    ['the end of a suspension', ({ id }) => users.operators.suspend(id), ({ id }) => users.operators.unsuspend(id)],
  ];
  it.each(BACK)('%s', async (what, hide, show) => {
    const who = await someone(`back${BACK.findIndex(([name]) => name === what)}`);
    await hide(who);
    expect(await profileOf(who.id)).toBeNull();
    await users.unanswered(() => show(who));
    await profileOf(who.id);
    await show(who);
    expect(await profileOf(who.id)).toMatchObject({ state: 'ACTIVE' });
  });
});
