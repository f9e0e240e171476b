import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reconcileCounters } from './reconcile-counters.ts';
import { act, eventsOf, post, see, wrongCounters, type TargetMutation } from './testing/operations.ts';
import { openTestTweets, type TestTweets } from './testing/test-tweets.ts';

let tweets: TestTweets;
let people: string[];
let ada: string;
let ben: string;
let tweet: string;
beforeAll(async () => {
  tweets = await openTestTweets();
  people = ['ada', 'ben', 'cleo', 'dan'].map((handle) => tweets.addPerson(handle));
  [ada = '', ben = ''] = people;
});
beforeEach(async () => {
  tweet = await post(tweets, ada, { text: 'a tweet' });
});
afterAll(() => tweets.close());

const ALL: TargetMutation[] = ['retweet', 'undoRetweet', 'likeTweet', 'unlikeTweet', 'bookmarkTweet', 'removeBookmark'];
const ADDING: TargetMutation[] = ['retweet', 'likeTweet', 'bookmarkTweet'];
const REMOVING: TargetMutation[] = ['undoRetweet', 'unlikeTweet', 'removeBookmark'];
const MARKS = 'viewerHasLiked viewerHasRetweeted viewerHasBookmarked likeCount retweetCount';

describe('what one does with a tweet', () => {
  it('shows at once, counts once, and can be taken back', async () => {
    for (const name of [...ADDING, ...ADDING]) expect(await act(tweets, ben, name, tweet)).toBe(tweet);
    const done = {
      viewerHasLiked: true,
      viewerHasRetweeted: true,
      viewerHasBookmarked: true,
      likeCount: 1,
      retweetCount: 1,
    };
    expect(await see(tweets, ben, tweet, MARKS)).toEqual(done);
    expect(await see(tweets, null, tweet, MARKS)).toEqual({
      ...done,
      viewerHasLiked: null,
      viewerHasRetweeted: null,
      viewerHasBookmarked: null,
    });
    for (const name of [...REMOVING, ...REMOVING]) expect(await act(tweets, ben, name, tweet)).toBe(tweet);
    expect(await see(tweets, ben, tweet, MARKS)).toEqual({
      viewerHasLiked: false,
      viewerHasRetweeted: false,
      viewerHasBookmarked: false,
      likeCount: 0,
      retweetCount: 0,
    });
  });

  it('makes one event for each change, with rising revisions', async () => {
    for (const name of ALL) await act(tweets, ben, name, tweet);
    const mine = (await eventsOf(tweets)).filter((event) => event.tweetId === tweet);
    expect(mine.map(({ type, revision, action }) => [type, revision, action])).toEqual([
      ['tweet.posted', 1, undefined],
      ['tweet.retweeted', 1, undefined],
      ['tweet.counted', 1, 'retweet'],
      ['tweet.unretweeted', 2, undefined],
      ['tweet.counted', 2, 'unretweet'],
      ['tweet.counted', 3, 'like'],
      ['tweet.counted', 4, 'unlike'],
    ]);
  });

  it('keeps the intervals of retweets', async () => {
    for (const name of ['retweet', 'undoRetweet', 'retweet'] as const) await act(tweets, ben, name, tweet);
    const { rows } = await tweets.pool.query(
      'SELECT undone_at IS NULL AS stands FROM retweet WHERE tweet_id = $1 ORDER BY id',
      [tweet],
    );
    expect(rows).toEqual([{ stands: false }, { stands: true }]);
  });

  it('retweets what a retweet shows', async () => {
    await act(tweets, ben, 'retweet', tweet);
    const retweetId = String((await eventsOf(tweets, 'tweet.retweeted')).at(-1)?.retweetId);
    expect(await see(tweets, ada, retweetId, 'id')).toBeNull();
    expect(await act(tweets, ada, 'retweet', retweetId)).toBe(tweet);
    expect(await act(tweets, ada, 'likeTweet', retweetId)).toBe('NOT_FOUND');
    expect(await see(tweets, null, tweet, 'retweetCount')).toEqual({ retweetCount: 2 });
  });

  it.each(ALL)('refuses bad ids to %s', async (name) => {
    expect(await act(tweets, ben, name, 'abc')).toBe('MALFORMED');
    expect(await act(tweets, ben, name, '')).toBe('MALFORMED');
    expect(await act(tweets, ben, name, '1234567890123456789')).toBe('NOT_FOUND');
  });

  it.each(ADDING)('does not %s what is deleted, blocked or private, nor for a suspended account', async (name) => {
    const shy = tweets.addPerson(`shy-${name}`, { isPrivate: true });
    const cross = tweets.addPerson(`cross-${name}`);
    const suspended = tweets.addPerson(`out-${name}`, { state: 'suspended' });
    tweets.relate(ben, cross, { blocking: true });
    const secret = await post(tweets, shy, { text: 'secret' });
    const angry = await post(tweets, cross, { text: 'angry' });
    expect(await act(tweets, ben, name, secret)).toBe('NOT_ALLOWED');
    expect(await act(tweets, ben, name, angry)).toBe('BLOCKED');
    expect(await act(tweets, suspended, name, tweet)).toBe('ACCOUNT_NOT_ACTIVE');
    await act(tweets, ada, 'deleteTweet', tweet);
    expect(await act(tweets, ben, name, tweet)).toBe('UNAVAILABLE');
    expect(await wrongCounters(tweets)).toEqual([]);
  });

  it('lets only the author show a private tweet around', async () => {
    const shy = tweets.addPerson('shy', { isPrivate: true });
    const secret = await post(tweets, shy, { text: 'secret' });
    tweets.relate(ben, shy, { following: true });
    expect(await act(tweets, ben, 'likeTweet', secret)).toBe(secret);
    expect(await act(tweets, ben, 'retweet', secret)).toBe('NOT_ALLOWED');
    expect(await act(tweets, shy, 'retweet', secret)).toBe(secret);
  });

  it('can be taken back when the tweet is gone', async () => {
    for (const name of ADDING) await act(tweets, ben, name, tweet);
    await act(tweets, ada, 'deleteTweet', tweet);
    for (const name of REMOVING) expect(await act(tweets, ben, name, tweet)).toBe(tweet);
    const { rows } = await tweets.pool.query(
      'SELECT like_count, retweet_count FROM tweet_counter WHERE tweet_id = $1',
      [tweet],
    );
    expect(rows).toEqual([{ like_count: 0, retweet_count: 0 }]);
  });
});

it('keeps counters equal to rows, whoever does what at the same time', async () => {
  const step = fc.record({
    person: fc.nat({ max: 3 }),
    name: fc.constantFrom<TargetMutation | 'reply'>(
      'retweet',
      'undoRetweet',
      'likeTweet',
      'unlikeTweet',
      'deleteTweet',
      'reply',
    ),
    target: fc.nat({ max: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const targets = await Promise.all(
        ['x', 'y', 'z'].map((text, index) => post(tweets, people[index] ?? '', { text })),
      );
      await Promise.all(
        steps.map(({ person, name, target }) => {
          const viewer = people[person] ?? '';
          const id = targets[target] ?? '';
          const other = targets[(target + 1) % 3] ?? '';
          return name === 'reply'
            ? post(tweets, viewer, { text: 'r', replyToId: id, quotedId: other })
            : act(tweets, viewer, name, id);
        }),
      );
      expect(await wrongCounters(tweets)).toEqual([]);
    }),
    { numRuns: 15 },
  );
});

it('repairs counters that are wrong, and only those', async () => {
  await act(tweets, ben, 'likeTweet', tweet);
  expect(await reconcileCounters(tweets, { pageSize: 7 })).toEqual([]);
  await tweets.pool.query('UPDATE tweet_counter SET like_count = 9, quote_count = 3 WHERE tweet_id = $1', [tweet]);
  await tweets.cache.clear();
  expect(await see(tweets, null, tweet, 'likeCount quoteCount')).toEqual({ likeCount: 9, quoteCount: 3 });
  expect(await reconcileCounters(tweets, { pageSize: 7 })).toEqual([{ tweetId: tweet }]);
  expect(await see(tweets, null, tweet, 'likeCount quoteCount')).toEqual({ likeCount: 1, quoteCount: 0 });
});
