import type { Id } from '@starling/domain/ids.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { act, COUNTS, eventsOf, post, see, type TargetMutation } from './testing/operations.ts';
import { callOf, openTestTweets, type TestTweets } from './testing/test-tweets.ts';

let tweets: TestTweets;
let ada: Id;
let ben: Id;
let tweet: Id;
let made = 0;
beforeAll(async () => {
  tweets = await openTestTweets();
});
beforeEach(async () => {
  made += 1;
  [ada, ben] = [tweets.addPerson(`ada${made}`), tweets.addPerson(`ben${made}`)];
  tweet = await post(tweets, ada, { text: 'a tweet' });
});
afterAll(() => tweets.close());

const call = callOf(null);
const entriesOf = async (...ids: Id[]) => (await tweets.rpc.getEntries(call, { ids })).entries.map(({ id }) => id);
const bounds = { beforeId: '', afterId: '', limit: 50, mayBeCached: true };
const byActor = async (id: Id) =>
  (await tweets.rpc.listByActors(call, { actorIds: [id], ...bounds })).entries.map((entry) => entry.id);
const tagged = async (tag: string) =>
  (await tweets.rpc.listByHashtags(call, { hashtags: [tag], ...bounds })).entries.map((entry) => entry.id);
const lastRetweetId = async () => String((await eventsOf(tweets, 'tweet.retweeted')).at(-1)?.retweetId);

const WAITING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
const whoWaits = async () => (await tweets.pool.query(WAITING)).rowCount;

/** Makes a change twice, of which nobody hears the first time, and reads before, in between and after. */
async function repeat<Result>(change: () => Promise<Result>, read: () => Promise<unknown>): Promise<Result> {
  await read();
  const first = await tweets.unanswered(change);
  await read();
  expect(await change()).toEqual(first);
  return first;
}

describe('a change that is repeated because nobody heard of it shows at the next read', () => {
  const MARKS = `viewerHasLiked viewerHasRetweeted viewerHasBookmarked ${COUNTS}`;
  const COUNTED: [TargetMutation, TargetMutation, object][] = [
    ['likeTweet', 'unlikeTweet', { viewerHasLiked: true, likeCount: 1 }],
    ['retweet', 'undoRetweet', { viewerHasRetweeted: true, retweetCount: 1 }],
    ['bookmarkTweet', 'removeBookmark', { viewerHasBookmarked: true }],
  ];
  it.each(COUNTED)('%s and %s', async (does, undoes, done) => {
    const read = () => see(tweets, ben, tweet, MARKS);
    const before = await read();
    await repeat(() => act(tweets, ben, does, tweet), read);
    expect(await read()).toEqual({ ...(before as object), ...done });
    await repeat(() => act(tweets, ben, undoes, tweet), read);
    expect(await read()).toEqual(before);
  });

  it('the end of a retweet, in the lists that have it', async () => {
    await act(tweets, ben, 'retweet', tweet);
    const retweetId = await lastRetweetId();
    const read = async () => [...(await entriesOf(retweetId)), ...(await byActor(ben))];
    expect(await read()).toEqual([retweetId, retweetId]);
    await repeat(() => act(tweets, ben, 'undoRetweet', tweet), read);
    expect(await read()).toEqual([]);
  });

  it('the end of a retweet after which the tweet was retweeted anew', async () => {
    await act(tweets, ben, 'retweet', tweet);
    const first = await lastRetweetId();
    expect(await entriesOf(first)).toEqual([first]);
    await tweets.unanswered(() => act(tweets, ben, 'undoRetweet', tweet));
    await act(tweets, ben, 'retweet', tweet);
    expect(await entriesOf(first, await lastRetweetId())).toEqual([await lastRetweetId()]);
  });

  it('a tweet, its hashtags, and the counters of what it answers and quotes', async () => {
    const quoted = await post(tweets, ben, { text: 'quoted' });
    const read = async () => [
      await tagged(`fresh${made}`),
      await byActor(ben),
      await see(tweets, null, tweet, 'replyCount'),
      await see(tweets, null, quoted, 'quoteCount'),
    ];
    const input = { text: `#fresh${made}`, replyToId: tweet, quotedId: quoted, idempotencyKey: 'once' };
    const id = await repeat(() => post(tweets, ben, input), read);
    expect(await read()).toEqual([[id], [id, quoted], { replyCount: 1 }, { quoteCount: 1 }]);
    expect(await see(tweets, null, id, COUNTS)).toMatchObject({ likeCount: 0 });
  });

  it('a deletion, and the counters of what the tweet answered and quoted', async () => {
    const reply = await post(tweets, ben, { text: 'reply', replyToId: tweet, quotedId: tweet });
    const read = async () => [
      await see(tweets, null, reply, 'text'),
      await byActor(ben),
      await see(tweets, null, tweet, 'replyCount quoteCount'),
    ];
    await repeat(() => act(tweets, ben, 'deleteTweet', reply), read);
    expect(await read()).toEqual([{ text: null }, [], { replyCount: 0, quoteCount: 0 }]);
  });

  it('an import', async () => {
    const [root, reply] = [`root${made}`, `reply${made}`];
    const tweetOf = (key: string, replyToKey: string) => ({
      ...{ key, authorId: ben, text: `#past${made}`, atMs: BigInt(Date.UTC(2020, 0, 1) + made), quotedKey: '' },
      replyToKey,
    });
    const [rootId = ''] = (await tweets.rpc.importTweets(call, { tweets: [tweetOf(root, '')] })).ids;
    const engagements = ['like', 'retweet'].map((kind) => ({
      userId: ada,
      tweetId: rootId,
      kind,
      atMs: 1_577_900_000_000n,
    }));
    const read = async () => [
      await see(tweets, ada, rootId, MARKS),
      (await byActor(ben)).length,
      (await byActor(ada)).length,
      (await tagged(`past${made}`)).length,
    ];
    await read();
    for (const importing of [tweets.unanswered, <Result>(work: () => Promise<Result>) => work()]) {
      await importing(() => tweets.rpc.importTweets(call, { tweets: [tweetOf(reply, root)] }));
      await importing(() => tweets.rpc.importEngagements(call, { engagements }));
    }
    const marked = { viewerHasLiked: true, viewerHasRetweeted: true, likeCount: 1, retweetCount: 1, replyCount: 1 };
    expect(await read()).toMatchObject([marked, 2, 2, 2]);
  });
});

it('who changes what another request has changed and not answered yet answers with the cache dropped', async () => {
  await act(tweets, ben, 'retweet', tweet);
  const retweetId = await lastRetweetId();
  expect(await entriesOf(retweetId)).toEqual([retweetId]);
  const holder = await tweets.pool.connect();
  await holder.query('BEGIN');
  await holder.query('UPDATE retweet SET undone_at = now() WHERE id = $1', [retweetId]);
  const second = act(tweets, ben, 'undoRetweet', tweet);
  await expect.poll(whoWaits).toBe(1);
  await holder.query('COMMIT');
  holder.release();
  await second;
  expect(await entriesOf(retweetId)).toEqual([]);
});
