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
