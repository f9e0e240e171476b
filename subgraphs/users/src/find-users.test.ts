import { statementsOf } from '@starling/kit/testing/sql-statements.ts';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { openTestUsers, type TestUsers } from './testing/open-test-users.ts';

let users: TestUsers;
let adaId: string;
let bobId: string;
beforeAll(async () => {
  users = await openTestUsers();
  adaId = (await users.register('Ada')).user?.id ?? '';
  bobId = (await users.register('bob')).user?.id ?? '';
});
afterAll(() => users.close());

const UNKNOWN = '1'.padEnd(19, '0');
const NEVER_ASKED = '2'.padEnd(19, '0');
const user = (args: object) =>
  users.ask<{ user: { id: string; handle: string } | null }>(
    'query($id: ID, $handle: String) { user(id: $id, handle: $handle) { id handle } }',
    {
      ...args,
    },
  );

describe('user', () => {
  it('is found by id, or by handle in any case', async () => {
    expect((await user({ id: adaId })).data?.user).toEqual({ id: adaId, handle: 'Ada' });
    expect((await user({ handle: 'aDA' })).data?.user).toEqual({ id: adaId, handle: 'Ada' });
    expect((await user({ handle: 'aDA', id: null })).data?.user).toEqual({ id: adaId, handle: 'Ada' });
  });

  test.each([
    { id: UNKNOWN },
    { handle: 'nobody' },
    { handle: '' },
    { handle: 'a\0' },
    { handle: 'a\ud800' },
    { handle: 'x'.repeat(16) },
  ])('is null for %j', async (args) => {
    expect(await user(args)).toEqual({ data: { user: null } });
  });

  test.each([
    {},
    { id: null },
    { id: '1', handle: 'ada' },
    { id: '1' },
    { id: '' },
    { id: '-1' },
    { id: '9'.repeat(19) },
  ])('is a bad question with %j', async (args) => {
    const { data, errors } = await user(args);
    expect(data).toEqual({ user: null });
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });
});

describe('users', () => {
  const ask = (ids: string[]) =>
    users.ask<{ users: ({ handle: string } | null)[] }>('query($ids: [ID!]!) { users(ids: $ids) { handle } }', { ids });

  it('come in the order asked for, repeated if asked twice, null where there is none', async () => {
    expect((await ask([bobId, UNKNOWN, adaId, bobId])).data?.users).toEqual([
      { handle: 'bob' },
      null,
      { handle: 'Ada' },
      { handle: 'bob' },
    ]);
    expect((await ask([])).data?.users).toEqual([]);
  });

  it('are at most a hundred, all of them ids', async () => {
    expect((await ask(Array.from({ length: 101 }, () => adaId))).errors?.[0]?.extensions?.['code']).toBe(
      'BAD_USER_INPUT',
    );
    expect((await ask([adaId, 'x'])).errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });
});

describe('entities', () => {
  const entities = (ids: string[]) =>
    users.ask<{ _entities: ({ handle: string } | null)[] }>(
      'query($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { handle state createdAt } } }',
      { representations: ids.map((id) => ({ __typename: 'User', id })) },
    );

  it('are resolved by one statement, and by none while the cache holds them', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => (await users.register(`many${index}`)).user?.id ?? ''),
    );
    expect(await statementsOf(() => entities(ids))).toHaveLength(1);
    expect(await statementsOf(() => entities(ids))).toEqual([]);
    expect(await statementsOf(() => entities([...ids, NEVER_ASKED, 'x']))).toHaveLength(1);
    expect((await entities([bobId, UNKNOWN, 'x'])).data?._entities).toMatchObject([
      { handle: 'bob', state: 'ACTIVE' },
      null,
      null,
    ]);
  });
});

describe('viewer', () => {
  it('is who the token says, or nobody', async () => {
    const { accessToken } = await users.mutate('login', { login: 'ada', password: 'correct horse' });
    expect(await users.ask('{ viewer { id handle } }', {}, { token: accessToken })).toEqual({
      data: { viewer: { id: adaId, handle: 'Ada' } },
    });
    expect(await users.ask('{ viewer { id } }')).toEqual({ data: { viewer: null } });
  });
});
