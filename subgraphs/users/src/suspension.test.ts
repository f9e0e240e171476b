import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codes, openTestUsers, PASSWORD, type TestUsers } from './testing/open-test-users.ts';

let users: TestUsers;

beforeAll(async () => {
  users = await openTestUsers();
});
afterAll(() => users?.close());

async function hidden(handle: string): Promise<{ id: string; token: string | null }> {
  const { user, accessToken: token } = await users.register(handle);
  await users.mutate('deactivateAccount', { password: PASSWORD }, { token });
  return { id: user?.id ?? '', token };
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await users.rpc.getUsers(users.call, { ids: [id] })).users[0]?.state;
}

async function typesOf(id: string): Promise<string[]> {
  return (await users.eventsOf(id)).map(({ type, revision }) => `${type} ${revision}`);
}

describe('the end of a suspension', () => {
  it('leaves somebody hidden who had hidden the account before, however often it is said', async () => {
    const { id, token } = await hidden('hedda');
    expect(await users.operators.suspend(id)).toBeNull();
    expect(await users.operators.suspend(id)).toBeNull();
    expect(await stateOf(id)).toBe('suspended');
    expect(await users.operators.unsuspend(id)).toBeNull();
    expect(await users.operators.unsuspend(id)).toBeNull();
    expect(await stateOf(id)).toBe('deactivated');
    expect(await typesOf(id)).toEqual([
      'user.registered 1',
      'user.deactivated 2',
      'user.suspended 3',
      'user.deactivated 4',
    ]);
    expect(codes(await users.mutate('reactivateAccount', null, { token }))).toEqual([]);
    expect(await stateOf(id)).toBe('active');
  });

  it('brings back who has come back before the next suspension', async () => {
    const { id, token } = await hidden('henrik');
    await users.operators.suspend(id);
    await users.operators.unsuspend(id);
    await users.mutate('reactivateAccount', null, { token });
    await users.operators.suspend(id);
    await users.operators.unsuspend(id);
    expect(await stateOf(id)).toBe('active');
  });

  it('brings back whom a process suspended that did not note what was before', async () => {
    const { id } = await hidden('hilda');
    await users.database.pool.query(`UPDATE account SET state = 'suspended' WHERE id = $1`, [id]);
    await users.operators.unsuspend(id);
    expect(await stateOf(id)).toBe('active');
  });
});

it('nothing of what was before a suspension is left of an erased person', async () => {
  const { id } = await hidden('hugo');
  await users.operators.suspend(id);
  await users.operators.erase(id);
  const { rows } = await users.database.pool.query('SELECT state, state_before FROM account WHERE id = $1', [id]);
  expect(rows).toEqual([{ state: 'erased', state_before: null }]);
});
