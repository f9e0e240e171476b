import { firstIdAt, isRetweetId, timeOfId } from '@starling/domain/ids.ts';
import { affinityOf, type InteractionKind } from '@starling/domain/ranking.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listInteractions } from './store/read-interactions.ts';
import { act, eventsOf, post, wrongCounters } from './testing/operations.ts';
import { callOf, openTestTweets, type TestTweets } from './testing/test-tweets.ts';

const LATER = BigInt(Date.UTC(2060, 0, 1));
const MINUTE_MS = 60_000;

let tweets: TestTweets;
let ada: string;
let ben: string;
let cleo: string;
const call = callOf(null);

beforeAll(async () => {
  tweets = await openTestTweets();
  [ada, ben, cleo] = ['ada', 'ben', 'cleo'].map((handle) => tweets.addPerson(handle)) as [string, string, string];
});
afterAll(() => tweets.close());

const interactionsOf = async (userId: string, { beforeMs = LATER, limit = 1_000 } = {}) =>
  (await tweets.rpc.listInteractions(call, { userId, beforeMs, limit })).interactions;
const lastRetweetId = async () => String((await eventsOf(tweets, 'tweet.retweeted')).at(-1)?.retweetId);

describe('ListInteractions', () => {
  it('tells of likes, retweets and replies that stand, to others, with their moments, newest first', async () => {
    // The minter's ids begin in 2026, and so does this.
    tweets.clock.now = Date.UTC(2025, 11, 1);
    const [byBen, byCleo] = [await post(tweets, ben, { text: 'b' }), await post(tweets, cleo, { text: 'c' })];
    await act(tweets, ada, 'likeTweet', byBen);
    tweets.clock.now += MINUTE_MS;
    await act(tweets, ada, 'likeTweet', byCleo);
    await act(tweets, ada, 'retweet', byCleo);
    const retweetId = await lastRetweetId();
    const replyId = await post(tweets, ada, { text: 'a', replyToId: byBen });
    await post(tweets, ada, { text: 'to myself', replyToId: replyId });
    await act(tweets, ada, 'likeTweet', replyId);
    const expected = [
      { authorId: ben, kind: 'reply', atMs: BigInt(timeOfId(replyId)) },
      { authorId: cleo, kind: 'retweet', atMs: BigInt(timeOfId(retweetId)) },
      { authorId: cleo, kind: 'like', atMs: BigInt(tweets.clock.now) },
      { authorId: ben, kind: 'like', atMs: BigInt(tweets.clock.now - MINUTE_MS) },
    ];
    expect(isRetweetId(retweetId)).toBe(true);
    expect(await interactionsOf(ada)).toEqual(expected);
    expect(await interactionsOf(ada, { limit: 2 })).toEqual(expected.slice(0, 3));
    expect(await interactionsOf(ada, { beforeMs: BigInt(timeOfId(replyId)) })).toEqual(expected.slice(1));
    expect(await interactionsOf(ada, { beforeMs: BigInt(tweets.clock.now) })).toEqual(expected.slice(3));
    expect(await interactionsOf(ben)).toEqual([]);

    await act(tweets, ada, 'unlikeTweet', byBen);
    await act(tweets, ada, 'undoRetweet', byCleo);
    await act(tweets, ada, 'deleteTweet', replyId);
    expect(await interactionsOf(ada)).toEqual([expected[2]]);
  });

  it('tells of each kind as many as it may, so that a further like lowers no affinity', async () => {
    const [dora, eve] = ['dora', 'eve'].map((handle) => tweets.addPerson(handle)) as [string, string];
    const byEve: string[] = [];
    for (const text of ['1', '2', '3', '4']) byEve.push(await post(tweets, eve, { text }));
    await act(tweets, dora, 'retweet', byEve[0]!);
    const replyId = await post(tweets, dora, { text: 'yes', replyToId: byEve[0]! });
    tweets.clock.now = timeOfId(replyId);
    const asOf = tweets.clock.now + 60 * MINUTE_MS;
    const affinity = async () => {
      const told = await interactionsOf(dora, { limit: 2 });
      return affinityOf(
        told.map(({ kind, atMs }) => ({ kind: kind as InteractionKind, atMs: Number(atMs) })),
        asOf,
      );
    };
    const affinities = [await affinity()];
    for (const id of byEve) {
      tweets.clock.now += MINUTE_MS;
      await act(tweets, dora, 'likeTweet', id);
      affinities.push(await affinity());
    }
    expect(affinities).toEqual(affinities.toSorted((a, b) => a - b));
    const kinds = (await interactionsOf(dora, { limit: 2 })).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['like', 'like', 'reply', 'retweet']);
  });

  it('reads indexes by person in their order, and sorts nothing', async () => {
    const client = await tweets.pool.connect();
    try {
      await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off');
      await listInteractions(client, { userId: ada, beforeMs: Number(LATER), limit: 9 });
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN EXECUTE "list-interactions" (${ada}, now(), ${firstIdAt(Number(LATER))}, 9)`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      for (const index of ['tweet_like_user_id_liked_at_tweet_id_idx', 'retweet_by_user', 'tweet_by_author'])
        expect(plan).toContain(`using ${index}`);
      expect(plan).not.toMatch(/Sort|Seq Scan/);
    } finally {
      client.release(true);
    }
  });

  it.each([
    ['nobody', { userId: 'me', beforeMs: LATER, limit: 1 }],
    ['no interaction at a time', { userId: '1234567890123456789', beforeMs: LATER, limit: 0 }],
    ['too many', { userId: '1234567890123456789', beforeMs: LATER, limit: 1_001 }],
    ['a moment before all ids', { userId: '1234567890123456789', beforeMs: 0n, limit: 1 }],
  ])('refuses %s', async (_, request) => {
    await expect(tweets.rpc.listInteractions(call, request)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('GetCounters', () => {
  it('gives the counters of tweets as they are now', async () => {
    const id = await post(tweets, ada, { text: 'count me' });
    await act(tweets, ben, 'likeTweet', id);
    await post(tweets, cleo, { text: 'yes', replyToId: id });
    const ids = [id, '1234567890123456789'];
    const counts = { tweetId: id, likeCount: 1, retweetCount: 0, replyCount: 1, quoteCount: 0 };
    expect((await tweets.rpc.getCounters(call, { ids })).counters).toEqual([counts]);
    await act(tweets, ben, 'unlikeTweet', id);
    expect((await tweets.rpc.getCounters(call, { ids })).counters).toEqual([{ ...counts, likeCount: 0 }]);
    expect(await wrongCounters(tweets)).toEqual([]);
    expect(await tweets.rpc.getCounters(call, { ids: [] })).toEqual({ counters: [] });
  });

  it('refuses what are no ids, and too many', async () => {
    for (const ids of [['x'], Array<string>(1_001).fill('1234567890123456789')])
      await expect(tweets.rpc.getCounters(call, { ids })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
