import { isRetweetId, timeOfId } from '@starling/domain/ids.ts';
import type { ImportedTweet } from '@starling/schema/generated/rpc/tweets.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, eventsOf, see, wrongCounters } from './testing/operations.ts';
import { callOf, openTestTweets, type TestTweets } from './testing/test-tweets.ts';

let tweets: TestTweets;
let people: string[];
let ada: string;
let ben: string;
const call = callOf(null);
beforeAll(async () => {
  tweets = await openTestTweets();
  people = ['ada', 'ben', 'cleo', 'dan', 'eve'].map((handle) => tweets.addPerson(handle));
  [ada = '', ben = ''] = people;
});
afterAll(() => tweets.close());

const lastRetweetId = async () => String((await eventsOf(tweets, 'tweet.retweeted')).at(-1)?.retweetId);

const AT = Date.UTC(2020, 5, 1);
const past = (key: string, parts: Partial<ImportedTweet> = {}): ImportedTweet => ({
  key,
  authorId: ada,
  text: key,
  atMs: BigInt(AT),
  replyToKey: '',
  quotedKey: '',
  ...parts,
});

describe('ImportTweets', () => {
  it('posts at past moments, replies by key, and may be repeated', async () => {
    const batch = [
      past('a'),
      past('b', { authorId: ben, replyToKey: 'a', quotedKey: 'a', atMs: BigInt(AT + 5) }),
      past('a'),
      past('c', { text: 'hi @ben #x' }),
    ];
    const first = await tweets.rpc.importTweets(call, { tweets: batch });
    const [a = '', b = '', again, c = ''] = first.ids;
    expect(first.created).toBe(3);
    expect(again).toBe(a);
    expect([timeOfId(a), timeOfId(b), isRetweetId(b)]).toEqual([AT, AT + 5, false]);
    expect(await tweets.rpc.importTweets(call, { tweets: [...batch, past('d', { replyToKey: 'b' })] })).toMatchObject({
      created: 1,
      ids: first.ids.concat(expect.any(String) as never),
    });
    expect(await see(tweets, null, a, 'replyCount quoteCount')).toEqual({ replyCount: 1, quoteCount: 1 });
    expect(await see(tweets, null, b, 'text conversationId replyCount inReplyTo { id }')).toEqual({
      text: 'b',
      conversationId: a,
      replyCount: 1,
      inReplyTo: { id: a },
    });
    expect((await eventsOf(tweets, 'tweet.posted')).filter(({ tweetId }) => tweetId === c)).toMatchObject([
      { hashtags: ['x'], mentionedIds: [ben] },
    ]);
    expect(await wrongCounters(tweets)).toEqual([]);
  });

  it('finds an id for each of more tweets than one millisecond has, from several importers at once', async () => {
    const atMs = BigInt(AT + 60_000);
    const batches = Array.from({ length: 5 }, (_, batch) =>
      Array.from({ length: 900 }, (__, index) => past(`m${batch}-${index}`, { atMs })),
    );
    const answers = await Promise.all(batches.map((batch) => tweets.rpc.importTweets(call, { tweets: batch })));
    const ids = answers.flatMap((answer) => answer.ids);
    expect(new Set(ids).size).toBe(4_500);
    expect(new Set(ids.map(timeOfId))).toEqual(new Set([AT + 60_000, AT + 60_001]));
  });

  it.each([
    ['an unknown key to answer', past('x1', { replyToKey: 'no such key' })],
    ['a tweet that answers a later one', past('x2', { replyToKey: 'x2' })],
    ['an empty text', past('x3', { text: '' })],
    ['a moment to come', past('x4', { atMs: BigInt(Date.UTC(2060, 0, 1)) })],
    ['a moment before all ids', past('x5', { atMs: 0n })],
    ['no author', past('x6', { authorId: 'me' })],
    ['no key', past('')],
  ])('refuses %s and stores nothing of the batch', async (_, bad) => {
    await expect(tweets.rpc.importTweets(call, { tweets: [past(`good-${bad.key}`), bad] })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    const { rows } = await tweets.pool.query('SELECT key FROM import_key WHERE key = $1', [`good-${bad.key}`]);
    expect(rows).toEqual([]);
  });
});

describe('ImportEngagements', () => {
  it('leaves alone what stands, passes over what is gone, and may be repeated', async () => {
    const { ids } = await tweets.rpc.importTweets(call, { tweets: [past('e1'), past('e2')] });
    const [one = '', two = ''] = ids;
    await act(tweets, ada, 'deleteTweet', two);
    await act(tweets, ben, 'likeTweet', one);
    const engagements = people.flatMap((userId) =>
      [one, two].flatMap((tweetId) =>
        ['like', 'retweet'].map((kind) => ({ userId, tweetId, kind, atMs: BigInt(AT + 10) })),
      ),
    );
    expect(await tweets.rpc.importEngagements(call, { engagements: [...engagements, ...engagements] })).toEqual({
      created: 2 * people.length - 1,
    });
    expect(await tweets.rpc.importEngagements(call, { engagements })).toEqual({ created: 0 });
    expect(await see(tweets, null, one, 'likeCount retweetCount')).toEqual({
      likeCount: people.length,
      retweetCount: people.length,
    });
    expect(timeOfId(await lastRetweetId())).toBe(AT + 10);
    expect(await wrongCounters(tweets)).toEqual([]);
    const counted = (await eventsOf(tweets, 'tweet.counted')).filter(({ tweetId }) => tweetId === one);
    expect(counted.map(({ revision }) => revision)).toEqual(
      Array.from({ length: 2 * people.length }, (_, index) => index + 1),
    );
  });

  it('refuses what it does not know', async () => {
    const engagements = [{ userId: ada, tweetId: ada, kind: 'poke', atMs: BigInt(AT) }];
    await expect(tweets.rpc.importEngagements(call, { engagements })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
