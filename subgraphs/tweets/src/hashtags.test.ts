import { readFileSync } from 'node:fs';
import { firstIdAt, timeOfId, type Id } from '@starling/domain/ids.ts';
import { statementsOf } from '@starling/kit/testing/sql-statements.ts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backfillHashtags } from './backfill-hashtags.ts';
import { createCachedTweets } from './cached-tweets.ts';
import { erasePerson } from './erase-person.ts';
import { act, post } from './testing/operations.ts';
import { callOf, openTestTweets, type TestTweets } from './testing/test-tweets.ts';

const call = callOf(null);
let tweets: TestTweets;
let ada: Id;
let ben: Id;
beforeEach(async () => {
  tweets = await openTestTweets();
  [ada, ben] = [tweets.addPerson('ada'), tweets.addPerson('ben')];
});
afterEach(() => tweets.close());

type Bounds = { beforeId?: Id; afterId?: Id; limit?: number } & {
  [Flag in 'oldestFirst' | 'mayBeCached']?: true | undefined;
};
const list = async (hashtags: string[], { beforeId = '', afterId = '', limit = 100, ...flags }: Bounds = {}) =>
  (await tweets.rpc.listByHashtags(call, { hashtags, beforeId, afterId, limit, ...flags })).entries;
const idsBy = async (...hashtags: string[]) => (await list(hashtags)).map(({ id }) => id);
const entered = async () => {
  const { rows } = await tweets.pool.query<{ tag: string; id: Id }>(
    'SELECT tag, tweet_id AS id FROM tweet_hashtag ORDER BY tweet_id, tag',
  );
  return rows.map(({ tag, id }) => `${tag} ${id}`);
};

describe('tweets by hashtag', () => {
  it('are those that carry any, however it is written, newest first and each once', async () => {
    const first = await post(tweets, ada, { text: 'One #Tea' });
    const both = await post(tweets, ben, { text: 'Two #cake #TEA #tea', replyToId: first });
    await post(tweets, ben, { text: 'Three tea' });
    const last = await post(tweets, ben, { text: 'Four #Gâteau' });
    await act(tweets, ada, 'retweet', last);
    expect(await idsBy('tea', 'cake', 'gateau')).toEqual([last, both, first]);
    expect(await idsBy('tea')).toEqual([both, first]);
    expect(await idsBy()).toEqual([]);
    const [facts] = await list(['cake']);
    const parent = { parentId: first, parentAuthorId: ada, conversationId: first };
    const own = { id: both, actorId: ben, tweetId: both, authorId: ben, ...parent, state: 'live' };
    expect(facts).toEqual({ ...own, hashtags: ['cake', 'tea'] });
  });

  it('come by import, and go by deletion and with their author', async () => {
    const atMs = BigInt(Date.UTC(2020, 5, 1));
    const past = { authorId: ada, text: 'Old #Tea', atMs, replyToKey: '', quotedKey: '' };
    const { ids } = await tweets.rpc.importTweets(call, {
      tweets: [
        { ...past, key: 'a' },
        { ...past, key: 'b', text: '#Tea #tea #cake' },
        { ...past, key: 'c', text: 'none' },
      ],
    });
    const [a = '', b = ''] = ids;
    expect(await idsBy('tea')).toEqual([b, a]);
    await act(tweets, ada, 'deleteTweet', a);
    expect(await entered()).toEqual([`cake ${b}`, `tea ${b}`]);
    const stays = await post(tweets, ben, { text: '#tea' });
    await erasePerson({ ...tweets, now: Date.now, eraseBatch: 3 }, ada);
    expect(await entered()).toEqual([`tea ${stays}`]);
  });

  it('equal what sorting everything gives, whatever the hashtags, bounds, limit and direction', async () => {
    const tags = ['a', 'b', 'c', 'd', 'e', 'f'];
    const all: { id: Id; carried: string[] }[] = [];
    for (let index = 0; index < 90; index += 1) {
      const carried = tags.filter((_, place) => (index * (place + 3)) % 7 < 2);
      const text = `${index} ${carried.map((tag) => `#${tag}`).join(' ')}`;
      all.unshift({ id: await post(tweets, ada, { text }), carried });
    }
    const bound = fc.constantFrom('', ...all.map(({ id }) => id));
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(tags, { minLength: 1 }),
        bound,
        bound,
        fc.record({
          limit: fc.integer({ min: 1, max: 60 }),
          oldestFirst: fc.constantFrom(undefined, true),
          mayBeCached: fc.constantFrom(undefined, true),
        }),
        async (hashtags, beforeId, afterId, { limit, oldestFirst, mayBeCached }) => {
          const expected = (oldestFirst ? all.toReversed() : all)
            .filter(({ carried }) => carried.some((tag) => hashtags.includes(tag)))
            .filter(({ id }) => (beforeId === '' || id < beforeId) && (afterId === '' || id > afterId));
          const found = await list(hashtags, { beforeId, afterId, limit, oldestFirst, mayBeCached });
          expect(found.map(({ id }) => id)).toEqual(expected.slice(0, limit).map(({ id }) => id));
        },
      ),
      { numRuns: 240 },
    );
  });

  it('cost nothing while they are cached, and are those that stand at every read', async () => {
    const first = await post(tweets, ada, { text: 'One #Tea' });
    const cached = async () => (await list(['tea', 'cake'], { limit: 5, mayBeCached: true })).map(({ id }) => id);
    expect(await cached()).toEqual([first]);
    expect(await statementsOf(cached)).toEqual([]);
    const second = await post(tweets, ben, { text: 'Two #cake #TEA' });
    expect(await cached()).toEqual([second, first]);
    expect(await statementsOf(cached)).toEqual([]);
    await act(tweets, ben, 'deleteTweet', second);
    expect(await cached()).toEqual([first]);
    await erasePerson({ ...tweets, now: Date.now, eraseBatch: 3 }, ada);
    expect(await cached()).toEqual([]);
  });

  it.each([
    ['too many hashtags', { hashtags: Array<string>(1_001).fill('a'), beforeId: '', afterId: '', limit: 1 }],
    ['nothing', { hashtags: ['a'], beforeId: '', afterId: '', limit: 0 }],
    ['too much', { hashtags: ['a'], beforeId: '', afterId: '', limit: 5_001 }],
    ['what is no id', { hashtags: ['a'], beforeId: 'x', afterId: '', limit: 1 }],
  ])('are refused to who asks for %s', async (_, request) => {
    await expect(tweets.rpc.listByHashtags(call, request)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('the facts of a tweet', () => {
  const factsOf = async (id: Id) => (await tweets.rpc.getEntries(call, { ids: [id] })).entries[0]?.hashtags;

  it('tell its hashtags, until it is deleted', async () => {
    const id = await post(tweets, ada, { text: '#Zebra and #Äpple, #zebra' });
    expect(await factsOf(id)).toEqual(['zebra', 'apple']);
    const { entries } = await tweets.rpc.listByActors(call, { actorIds: [ada], beforeId: '', afterId: '', limit: 1 });
    expect(entries).toMatchObject([{ id, hashtags: ['zebra', 'apple'] }]);
    await act(tweets, ada, 'deleteTweet', id);
    expect(await factsOf(id)).toEqual([]);
  });

  it('are read from the store where they were cached before hashtags were kept', async () => {
    const id = await post(tweets, ada, { text: '#Zebra' });
    const { hashtags: _, ...old } = (await tweets.store.readTweetFacts([id])).get(id)!;
    const cache = { getOrLoadMany: async (keys: readonly string[]) => new Map(keys.map((key) => [key, old])) };
    const cached = createCachedTweets(cache as never, tweets.store, {
      ttlMs: 1,
      authorEntries: 1,
      hashtagEntries: 1,
      marksKept: 1,
      foreknown: 1,
    });
    expect((await cached.readTweetFacts([id])).get(id)).toMatchObject({ ...old, hashtags: ['zebra'] });
  });
});

describe('hashtags of tweets from before they were kept', () => {
  const migration = readFileSync(
    new URL('../../../prisma/tweets/migrations/20261127210000_tweet_hashtag/migration.sql', import.meta.url),
    'utf8',
  );
  /** As the migration finds a database that has tweets. */
  const migrate = async () => {
    await tweets.pool.query('DELETE FROM tweet_hashtag');
    await tweets.pool.query(migration.slice(migration.indexOf('INSERT INTO "hashtag_backfill"')));
  };
  const backfill = (now = Date.now()) =>
    backfillHashtags({ store: tweets.store, now: () => now }, new AbortController().signal);
  const isOpen = async () => (await tweets.pool.query('SELECT FROM hashtag_backfill')).rowCount === 1;
  const DAY_MS = 24 * 3_600_000;

  it('are entered once, also those of old processes during the day that they have left', async () => {
    const old = await post(tweets, ada, { text: 'Old #Tea' });
    const gone = await post(tweets, ada, { text: 'Gone #Tea' });
    await act(tweets, ada, 'deleteTweet', gone);
    await migrate();
    expect(await list(['tea'], { mayBeCached: true })).toEqual([]);
    await backfill();
    expect(await entered()).toEqual([`tea ${old}`]);
    expect(await list(['tea'], { mayBeCached: true })).toMatchObject([{ id: old }]);
    expect(await isOpen()).toBe(true);

    const late = await post(tweets, ben, { text: 'By an old process #Tea' });
    await tweets.pool.query('DELETE FROM tweet_hashtag WHERE tweet_id = $1', [late]);
    await backfill();
    expect(await entered()).toEqual([`tea ${old}`, `tea ${late}`]);
    await backfill(Date.now() + DAY_MS + 10 * 60_000);
    expect(await isOpen()).toBe(false);
    expect(await statementsOf(() => backfill())).toHaveLength(3);
  });

  it('wait for tweets that may still be under way', async () => {
    const id = await post(tweets, ada, { text: '#Tea' });
    await migrate();
    await backfill(timeOfId(id) + 60_000);
    expect(await entered()).toEqual([]);
    await backfill(timeOfId(id) + 3 * 60_000);
    expect(await entered()).toEqual([`tea ${id}`]);
  });

  it('are entered step by step from where the last step ended', async () => {
    const ids = [];
    for (const tag of ['a', 'b', 'c', 'd', 'e']) ids.push(await post(tweets, ada, { text: `#${tag}` }));
    await migrate();
    const step = () => tweets.store.backfillHashtags({ beforeId: firstIdAt(Date.now()), limit: 2 });
    expect(await step()).toBe(true);
    expect(await entered()).toEqual([`a ${ids[0]}`, `b ${ids[1]}`]);
    expect([await step(), await step(), await step()]).toEqual([true, false, false]);
    expect(await entered()).toHaveLength(5);
  });

  it('do not outlive a deletion that comes at the same time', async () => {
    const ids: Id[] = [];
    for (let index = 0; index < 30; index += 1) ids.push(await post(tweets, ada, { text: `${index} #Tea` }));
    await migrate();
    const steps = async () => {
      while (await tweets.store.backfillHashtags({ beforeId: firstIdAt(Date.now()), limit: 3 }));
    };
    await Promise.all([steps(), ...ids.map((id) => act(tweets, ada, 'deleteTweet', id))]);
    expect(await entered()).toEqual([]);
  });

  it('are none in a new installation', async () => {
    await migrate();
    expect(await isOpen()).toBe(false);
  });
});
