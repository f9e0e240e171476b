import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Person } from './testing/facts.ts';
import { openCommunity } from './testing/open-community.ts';

let database: TestDatabase;
let search: Awaited<ReturnType<typeof openCommunity>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  search = await openCommunity(database);
});
afterEach(() => search.close());
afterAll(() => database.drop());

async function handlesFound(query: string, people: readonly Person[], as?: Person): Promise<string[]> {
  const { ids, errors } = await search.searchUsers(query, as ? { as } : {});
  expect(errors).toEqual([]);
  return ids.map((id) => people.find((person) => person.id === id)!.handle);
}

describe('searchUsers', () => {
  test('finds people by the start of handle or name, and with a letter mistyped', async () => {
    const { community } = search;
    const people = [
      community.register('Ada_L', 'Ada Lovelace'),
      community.register('grace', 'Grace Hopper'),
      community.register('adam', 'Adam Straße'),
      community.register('taro', '山田太郎'),
      community.register('jose', 'José Núñez 🎸'),
    ];
    await search.deliver();
    expect(await handlesFound('ada', people)).toEqual(['Ada_L', 'adam']);
    expect(await handlesFound('adl', people)).toEqual([]);
    expect(await handlesFound('@ADA_', people)).toEqual(['Ada_L', 'adam']);
    expect(await handlesFound('love', people)).toEqual(['Ada_L']);
    expect(await handlesFound('Lovelase', people)).toEqual(['Ada_L']);
    expect(await handlesFound('hopper grace', people)).toEqual(['grace']);
    expect(await handlesFound('strasse', people)).toEqual(['adam']);
    expect(await handlesFound('太郎', people)).toEqual(['taro']);
    expect(await handlesFound('jose nunez', people)).toEqual(['jose']);
    expect(await handlesFound('🎸', people)).toEqual(['jose']);
    expect(await handlesFound('zzz', people)).toEqual([]);
  });

  test('follows changes of name, absence and return in whatever order their events come', async () => {
    const { community } = search;
    const ada = community.register('ada', 'First Name');
    const people = [ada];
    community.change(ada, { handle: 'countess', name: 'Second Name' });
    const leaving = community.setState(ada, 'deactivated');
    await search.deliver();
    ada.state = 'active';
    expect(await handlesFound('name', people)).toEqual([]);
    await search.deliver([community.setState(ada, 'active')]);
    await search.deliver([leaving, ...community.events.slice(0, 2).toReversed()]);
    expect(await handlesFound('second', people)).toEqual(['countess']);
    expect(await handlesFound('first', people)).toEqual([]);
    await search.deliver([community.setState(ada, 'suspended')]);
    ada.state = 'active';
    expect(await handlesFound('second', people)).toEqual([]);
  });

  test('leaves out whom the viewer may not or would not see; private people show', async () => {
    const { community } = search;
    const viewer = community.register('sam', 'Sam');
    const people = ['sam_open', 'sam_blocked', 'sam_blocker', 'sam_muted', 'sam_private', 'sam_away'].map((handle) =>
      community.register(handle),
    );
    const [, blocked, blocker, muted, locked, away] = people as [Person, Person, Person, Person, Person, Person];
    await search.deliver();
    community.relate('blocking', viewer, blocked);
    community.relate('blocking', blocker, viewer);
    community.relate('muting', viewer, muted);
    locked.isPrivate = true;
    away.state = 'deactivated';
    const all = [viewer, ...people];
    expect((await handlesFound('sam', all, viewer)).sort()).toEqual(['sam', 'sam_open', 'sam_private']);
    expect((await handlesFound('sam', all)).sort()).toEqual([
      'sam',
      'sam_blocked',
      'sam_blocker',
      'sam_muted',
      'sam_open',
      'sam_private',
    ]);
  });

  test('has pages without a seam, and cursors of one search only', async () => {
    const { community } = search;
    const people = Array.from({ length: 23 }, (_, n) => community.register(`sam${n}`, n % 2 ? 'Sam' : 'Other Samuel'));
    await search.deliver();
    const ids: string[] = [];
    let after: string | null = null;
    for (let more = true; more;) {
      const page = await search.searchUsers('sam', { first: 4, after });
      ids.push(...page.ids);
      ({ endCursor: after, hasNextPage: more } = page);
    }
    expect([...ids].sort()).toEqual(people.map(({ id }) => id));
    expect((await search.searchUsers('other', { after })).errors).toEqual([
      'BAD_CURSOR: The cursor does not belong to this search',
    ]);
  });

  test.each([
    ['', 'BAD_USER_INPUT: The query must not be empty'],
    ['@', 'BAD_USER_INPUT: The query holds no word to search for'],
    ['a\udfff', 'BAD_USER_INPUT: The query must be well-formed text'],
    ['x'.repeat(101), 'BAD_USER_INPUT: The query has at most 100 characters'],
  ])('refuses %j', async (query, error) => {
    expect((await search.searchUsers(query)).errors).toEqual([error]);
  });
});

describe('suggest', () => {
  test('brings people and hashtags that start so, and only one kind after its sign', async () => {
    const { community } = search;
    const cat = community.register('catherine', 'Catherine');
    const ann = community.register('ann', 'Ann Cattell');
    for (let n = 0; n < 3; n += 1) community.post(ann, 'hello #Cats');
    community.post(ann, '#catfood #dogs');
    await search.deliver();
    const [people, tags] = [
      [`@${cat.id}`, `@${ann.id}`],
      ['#cats', '#catfood'],
    ];
    expect(await search.suggest('cat')).toEqual([...people, ...tags]);
    expect(await search.suggest('CAT', { first: 3 })).toEqual([...people, tags[0]]);
    expect(await search.suggest('cat', { first: 1 })).toEqual([people[0]]);
    expect(await search.suggest('@cat')).toEqual(people);
    expect(await search.suggest('#cat')).toEqual(tags);
    expect(await search.suggest('＃ＣＡＴＦ')).toEqual([tags[1]]);
    expect(await search.suggest('#')).toEqual([]);
    expect(await search.suggest('?')).toEqual([]);
    expect(await search.suggest('catherin')).toEqual([people[0]]);
    expect(await search.suggest('catherim')).toEqual([]);
  });

  test('tells a hashtag only to those who may see one of its tweets', async () => {
    const { community } = search;
    const [ada, friend, stranger] = [
      community.register('ada'),
      community.register('friend'),
      community.register('stranger'),
    ];
    community.post(ada, '#secretplan');
    community.relate('following', friend, ada);
    await search.deliver();
    ada.isPrivate = true;
    expect(await search.suggest('secret', { as: friend })).toEqual(['#secretplan']);
    expect(await search.suggest('secret', { as: stranger })).toEqual([]);
    expect(await search.suggest('secret')).toEqual([]);
  });

  test('forgets hashtags that nobody has used for long', async () => {
    const { community } = search;
    const ada = community.register('ada');
    community.post(ada, '#forgotten', { atMs: community.now() - 31 * 24 * 60 * 60 * 1000 });
    await search.deliver();
    expect(await search.suggest('#forg')).toEqual([]);
  });

  test('refuses bad input', async () => {
    expect(await search.suggest('')).toEqual(['BAD_USER_INPUT: The prefix must not be empty']);
    expect(await search.suggest('x'.repeat(101))).toEqual(['BAD_USER_INPUT: The prefix has at most 100 characters']);
    expect(await search.suggest('\ud800')).toEqual(['BAD_USER_INPUT: The prefix must be well-formed text']);
    expect(await search.suggest('a', { first: 0 })).toEqual(['BAD_USER_INPUT: "first" must be from 1 to 20']);
    expect(await search.suggest('a', { first: 21 })).toEqual(['BAD_USER_INPUT: "first" must be from 1 to 20']);
  });
});
