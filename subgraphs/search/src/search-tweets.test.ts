import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

describe('operators', () => {
  test('find what they say', async () => {
    const { community } = search;
    const ada = community.register('Ada');
    const bob = community.register('bob');
    const cats = community.post(ada, 'I love big Cats #Pets', { atMs: Date.UTC(2026, 0, 30, 23, 59, 59, 999) });
    const dogs = community.post(bob, 'cats or dogs? @ada #pets #Été', { atMs: Date.UTC(2026, 0, 31) });
    const answer = community.post(ada, 'big dogs, small cats', { replyTo: dogs, atMs: Date.UTC(2026, 1, 1) });
    const tower = community.post(bob, '東京タワーなう 👍🏽 don’t miss https://example.com/cats', {
      atMs: Date.UTC(2026, 1, 2),
    });
    await search.deliver();

    const name = new Map([
      [cats.id, 'cats'],
      [dogs.id, 'dogs'],
      [answer.id, 'answer'],
      [tower.id, 'tower'],
    ]);
    const expected: Record<string, string[]> = {
      cats: ['answer', 'dogs', 'cats'],
      'CATS big': ['answer', 'cats'],
      '"big cats"': ['cats'],
      '"small cats" "big dogs"': ['answer'],
      'cats -dogs': ['cats'],
      '-cats': ['tower'],
      'cats -"big dogs"': ['dogs', 'cats'],
      'from:ada': ['answer', 'cats'],
      'from:ADA from:bob': ['tower', 'answer', 'dogs', 'cats'],
      'cats -from:ada': ['dogs'],
      'from:nobody': [],
      'cats -from:nobody': ['answer', 'dogs', 'cats'],
      'from:ada from:nobody': ['answer', 'cats'],
      'to:bob': ['answer'],
      'cats -to:bob': ['dogs', 'cats'],
      '@ada': ['dogs'],
      '@ada @nobody': [],
      'cats -@ada': ['answer', 'cats'],
      '#PETS': ['dogs', 'cats'],
      '#pets #ete': ['dogs'],
      '#pets -#ete': ['cats'],
      pets: ['dogs', 'cats'],
      'since:2026-01-31': ['tower', 'answer', 'dogs'],
      'until:2026-01-31': ['cats'],
      'since:2026-01-31 until:2026-02-01': ['dogs'],
      'cats since:1990-01-01 until:2990-01-01': ['answer', 'dogs', 'cats'],
      'cats since:2990-01-01': [],
      'cats until:1990-01-01': [],
      'cats since:2026-02-01 until:2026-01-01': [],
      東京: ['tower'],
      ワー: ['tower'],
      京東: [],
      '👍': ['tower'],
      "don't": ['tower'],
      'cats https://example.com/cats': ['answer', 'dogs', 'cats'],
    };
    for (const [query, names] of Object.entries(expected)) {
      const { ids, errors } = await search.searchTweets(query);
      expect({ query, names: ids.map((id) => name.get(id)), errors }).toEqual({ query, names, errors: [] });
    }
    expect((await search.searchTweets('cats', { order: 'RELEVANCE' })).ids).toHaveLength(3);
  });
});

describe('events', () => {
  test('that come late, twice or out of order leave what the newest says', async () => {
    const { community } = search;
    const ada = community.register('ada');
    const kept = community.post(ada, 'word kept');
    const gone = community.post(ada, 'word gone');
    community.retweet(ada, kept);
    const deletion = community.remove(gone);
    const all = [...community.events];
    await search.deliver([deletion]);
    await search.deliver(all);
    await search.deliver(all.toReversed());
    // So that nothing but the index can have left it out.
    community.setTweetState(gone, 'live');
    expect((await search.searchTweets('word')).ids).toEqual([kept.id]);
  });

  test('of an erasure take every tweet of the person out, and keep out what comes after it', async () => {
    const { community } = search;
    const ada = community.register('ada');
    const bob = community.register('bob');
    const first = community.post(ada, 'word one #secret');
    const other = community.post(bob, 'word of @ada');
    await search.deliver();
    const late = community.post(ada, 'word two #secret');
    const [posting] = community.events.slice(-1);
    await search.deliver([community.setState(ada, 'erased')]);
    await search.deliver([posting!, ...community.events]);
    ada.state = 'active';
    expect([first.id, late.id]).toHaveLength(2);
    expect((await search.searchTweets('word')).ids).toEqual([other.id]);
    expect(await search.suggest('#secret')).toEqual([]);
    expect((await search.searchUsers('ada')).ids).toEqual([]);
  });
});

describe('visibility', () => {
  test('is that of now, whatever the index holds', async () => {
    const { community } = search;
    const viewer = community.register('viewer');
    const person = (handle: string) => {
      const one = community.register(handle);
      return { one, tweet: community.post(one, `word by ${handle}`) };
    };
    const [open, blocked, blocker, muted, locked, friend, away, banned, removed, withheld] = [
      'open',
      'blocked',
      'blocker',
      'muted',
      'locked',
      'friend',
      'away',
      'banned',
      'removed',
      'withheld',
    ].map(person) as [ReturnType<typeof person>, ...ReturnType<typeof person>[]] &
      Record<number, ReturnType<typeof person>>;
    const own = community.post(viewer, 'word of my own');
    await search.deliver();
    community.relate('blocking', viewer, blocked!.one);
    community.relate('blocking', blocker!.one, viewer);
    community.relate('muting', viewer, muted!.one);
    locked!.one.isPrivate = true;
    friend!.one.isPrivate = true;
    community.relate('following', viewer, friend!.one);
    away!.one.state = 'deactivated';
    banned!.one.state = 'suspended';
    community.setTweetState(removed!.tweet, 'deleted');
    community.setTweetState(withheld!.tweet, 'withheld');

    const seen = await search.searchTweets('word', { as: viewer });
    expect(seen.ids).toEqual([own.id, friend!.tweet.id, open.tweet.id]);
    const seenByAnybody = await search.searchTweets('word');
    expect(seenByAnybody.ids).toEqual([own.id, muted!.tweet.id, blocker!.tweet.id, blocked!.tweet.id, open.tweet.id]);
    expect((await search.searchTweets('from:blocker', { as: viewer })).ids).toEqual([]);
  });

  test('is not cached with the results', async () => {
    const cached = await openCommunity(database, { cacheTtlMs: 150_000 });
    try {
      const { community } = cached;
      const [ada, bob] = [community.register('ada'), community.register('bob')];
      const tweet = community.post(ada, 'word');
      await cached.deliver();
      expect((await cached.searchTweets('word', { as: bob })).ids).toEqual([tweet.id]);
      community.relate('blocking', ada, bob);
      expect((await cached.searchTweets('word', { as: bob })).ids).toEqual([]);
      expect((await cached.searchTweets('word')).ids).toEqual([tweet.id]);
    } finally {
      await cached.close();
    }
  });
});

describe('the cache', () => {
  test('keeps what was found for two to three minutes, and nothing found not at all', async () => {
    const cached = await openCommunity(database, { cacheTtlMs: 150_000 });
    try {
      const { community } = cached;
      const ada = community.register('ada');
      expect((await cached.searchTweets('word')).ids).toEqual([]);
      const old = community.post(ada, 'word');
      await cached.deliver();
      expect((await cached.searchTweets('word')).ids).toEqual([old.id]);
      const start = community.now();
      const young = community.post(ada, 'word again');
      await cached.deliver();
      expect((await cached.searchTweets(' WORD ')).ids).toEqual([old.id]);
      while (community.now() < start + 160_000) community.advance(10_000);
      expect((await cached.searchTweets('word')).ids).toEqual([young.id, old.id]);
    } finally {
      await cached.close();
    }
  });
});

describe('pages', () => {
  test.each(['NEWEST', 'RELEVANCE'] as const)('by %s have no seam, also where much is hidden', async (order) => {
    const { community } = search;
    const [ada, hidden] = [community.register('ada'), community.register('hidden')];
    const shown = Array.from({ length: 60 }, (_, n) => {
      const author = n % 3 === 0 ? ada : hidden;
      return { author, id: community.post(author, `word ${'word '.repeat(n % 4)}`).id };
    }).filter(({ author }) => author === ada);
    await search.deliver();
    hidden.isPrivate = true;
    const ids: string[] = [];
    for (let after: string | null = null; ;) {
      const page = await search.searchTweets('word', { first: 7, after, order });
      expect(page.errors).toEqual([]);
      ids.push(...page.ids);
      after = page.endCursor;
      if (!page.hasNextPage) break;
    }
    expect([...ids].sort()).toEqual(shown.map(({ id }) => id));
    if (order === 'NEWEST') expect(ids).toEqual([...ids].sort().reverse());
  });

  test('may be short or empty within the scan budget, and go on from the last tweet examined', async () => {
    const budgeted = await openCommunity(database, { scanBudget: 100 });
    try {
      const { community } = budgeted;
      const [ada, hidden] = [community.register('ada'), community.register('hidden')];
      const oldest = community.post(ada, 'word');
      for (let n = 0; n < 150; n += 1) community.post(hidden, 'word');
      await budgeted.deliver();
      hidden.isPrivate = true;
      const first = await budgeted.searchTweets('word', { first: 5 });
      expect(first).toMatchObject({ ids: [], hasNextPage: true });
      const second = await budgeted.searchTweets('word', { first: 5, after: first.endCursor });
      expect(second).toMatchObject({ ids: [oldest.id], hasNextPage: false });
    } finally {
      await budgeted.close();
    }
  });

  test('new tweets do not shift what comes after a cursor', async () => {
    const { community } = search;
    const ada = community.register('ada');
    const posted = [1, 2, 3, 4].map(() => community.post(ada, 'word').id);
    await search.deliver();
    const first = await search.searchTweets('word', { first: 2 });
    community.post(ada, 'word');
    await search.deliver();
    const second = await search.searchTweets('word', { first: 2, after: first.endCursor });
    expect([...first.ids, ...second.ids]).toEqual(posted.toReversed());
  });

  test('ask the other services once a chunk, not once a tweet', async () => {
    const { community } = search;
    const ada = community.register('ada');
    for (let n = 0; n < 30; n += 1) community.post(ada, 'word @ada');
    await search.deliver();
    await search.searchTweets('word from:ada @ada', { first: 20, as: ada });
    expect(community.calls).toEqual({ getUsers: 1, getUsersByHandle: 1, getRelationsTo: 1, getEntries: 1 });
  });
});

describe('bad input', () => {
  test('gets one clear error with a closed code', async () => {
    const { community } = search;
    const ada = community.register('ada');
    for (let n = 0; n < 3; n += 1) community.post(ada, 'word other');
    await search.deliver();
    const { endCursor } = await search.searchTweets('word', { first: 1 });
    const ofPeople = await search.searchUsers('ada', { first: 1 });
    const table: [string, Parameters<typeof search.searchTweets>[1], string][] = [
      ['', {}, 'BAD_USER_INPUT: The query must not be empty'],
      ['   ', {}, 'BAD_USER_INPUT: The query must not be empty'],
      ['?!', {}, 'BAD_USER_INPUT: The query holds no word to search for'],
      ['x'.repeat(501), {}, 'BAD_USER_INPUT: The query has at most 500 characters'],
      ['x'.repeat(1_000_000), {}, 'BAD_USER_INPUT: The query has at most 500 characters'],
      ['a\ud800', {}, 'BAD_USER_INPUT: The query must be well-formed text'],
      ['a\u0000', {}, 'BAD_USER_INPUT: The query must be well-formed text'],
      ['since:2026-02-30', {}, 'BAD_USER_INPUT: since: needs a day of the calendar, as in since:2026-01-31'],
      ['from:', {}, 'BAD_USER_INPUT: from: needs a handle, as in from:ada'],
      ['word', { first: 0 }, 'BAD_USER_INPUT: "first" must be from 1 to 100'],
      ['word', { first: -1 }, 'BAD_USER_INPUT: "first" must be from 1 to 100'],
      ['word', { first: 101 }, 'BAD_USER_INPUT: "first" must be from 1 to 100'],
      ['word', { after: 'nonsense' }, 'BAD_CURSOR: The cursor does not belong to this list'],
      ['word', { after: '' }, 'BAD_CURSOR: The cursor does not belong to this list'],
      ['word', { after: ofPeople.endCursor }, 'BAD_CURSOR: The cursor does not belong to this list'],
      ['other', { after: endCursor }, 'BAD_CURSOR: The cursor does not belong to this search'],
      ['word', { after: endCursor, order: 'RELEVANCE' }, 'BAD_CURSOR: The cursor does not belong to this search'],
    ];
    for (const [query, args, error] of table) {
      const { errors } = await search.searchTweets(query, args);
      expect({ query: query.slice(0, 30), args, errors }).toEqual({ query: query.slice(0, 30), args, errors: [error] });
    }
    expect((await search.searchTweets('  WORD', { after: endCursor })).errors).toEqual([]);
  });

  test('that means harm finds words or nothing, and breaks nothing', async () => {
    const { community } = search;
    const ada = community.register('ada');
    const hostile = [
      "'; DROP TABLE search_tweets; --",
      "a' & 'b",
      "'a' <-> !('b')",
      'a:*',
      'a:1A,2B',
      '\\',
      "\\'",
      "''''",
      '$1',
      '%s',
      '%_\\',
      'a & | ! <2> b',
      '((((((',
      '\\u0000',
      '\u202eevil\u202c',
      'שלום مرحبا',
      '👩‍👩‍👧‍👦🏳️‍🌈',
      'a\u0301\u0302\u0303'.repeat(30),
      'x'.repeat(280),
      '字'.repeat(140),
      '{"a":1}',
      '{a,b}',
      '#a\u0001b',
      '\u0001',
      'ﷺ'.repeat(100),
      '\ufeff\u200b',
      '🇫🇷'.repeat(50),
    ];
    const posted = hostile.map((text) => community.post(ada, text));
    await search.deliver();
    for (const [n, text] of hostile.entries()) {
      for (const query of [text, `"${text}"`, `-${text} from:ada`, `from:ada ${text}`]) {
        const { ids, errors } = await search.searchTweets(query, { order: n % 2 ? 'NEWEST' : 'RELEVANCE' });
        if (errors.length > 0) expect(errors).toEqual([expect.stringMatching(/^BAD_USER_INPUT: /)]);
        else if (!query.startsWith('-')) expect(ids).toContain(posted[n]!.id);
        await search.searchUsers(query);
        await search.suggest(query.slice(0, 100));
      }
    }
    expect((await search.searchTweets('from:ada', { first: 100 })).ids).toHaveLength(hostile.length);
  });
});
