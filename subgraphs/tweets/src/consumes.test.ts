import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eraseLatecomers } from './erase-person.ts';
import { act, eventsOf, post, see, wrongCounters } from './testing/operations.ts';
import { openTestTweets, type TestTweets } from './testing/test-tweets.ts';

let tweets: TestTweets;
let ada: string;
let ben: string;
beforeAll(async () => {
  tweets = await openTestTweets();
  ada = tweets.addPerson('ada');
  ben = tweets.addPerson('ben');
});
afterAll(() => tweets.close());

/** Gives a group every event that waits in the outbox from a sequence number on, and answers with the last one. */
async function deliver(group: string, afterSeq = '0'): Promise<string> {
  const { rows } = await tweets.pool.query<{ seq: string; topic: string; key: string; payload: object }>(
    'SELECT seq, topic, key, payload FROM outbox WHERE seq > $1 ORDER BY seq',
    [afterSeq],
  );
  const consumer = tweets.consumers.find((one) => one.group === group);
  const batch = rows
    .filter(({ topic }) => consumer?.topics.includes(topic))
    .map(({ topic, key, payload }) => record(topic, key, payload));
  await consumer?.handle(batch);
  return rows.at(-1)?.seq ?? afterSeq;
}

function record(topic: string, key: string, value: object): LogRecord {
  return { topic, key, value: JSON.stringify(value), headers: {}, partition: 0, offset: 0n, appendedAt: 0 };
}

const WATCH =
  'subscription($ids: [ID!]!) { tweetUpdates(ids: $ids) { tweet { id text likeCount unavailable { reason } } } }';

async function watch(viewerId: string | null, ids: string[]) {
  const stream = await tweets.subscribe(viewerId, WATCH, { ids });
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream.errors));
  return {
    next: async () => {
      const { value } = (await stream.next()) as { value?: { data?: { tweetUpdates?: { tweet: object } } | null } };
      return value?.data?.tweetUpdates;
    },
    close: () => stream.return?.(),
  };
}

describe('watching tweets', () => {
  it('tells counters as they are now, a burst once, and a deletion once', async () => {
    const id = await post(tweets, ada, { text: 'watched' });
    const other = await post(tweets, ada, { text: 'other' });
    const seen = await deliver('tweets-live');
    const updates = await watch(ben, [id, other]);
    await act(tweets, ada, 'likeTweet', id);
    await act(tweets, ben, 'likeTweet', id);
    let seq = await deliver('tweets-live', seen);
    expect(await updates.next()).toEqual({ tweet: { id, text: 'watched', likeCount: 2, unavailable: null } });
    await act(tweets, ada, 'deleteTweet', id);
    seq = await deliver('tweets-live', seq);
    expect(await updates.next()).toEqual({
      tweet: { id, text: null, likeCount: null, unavailable: { reason: 'DELETED' } },
    });
    await act(tweets, ben, 'unlikeTweet', id);
    await act(tweets, ben, 'likeTweet', other);
    await deliver('tweets-live', seq);
    expect(await updates.next()).toMatchObject({ tweet: { id: other, likeCount: 1 } });
    await updates.close();
  });

  it('shows each viewer what that viewer may see', async () => {
    const shy = tweets.addPerson('shy', { isPrivate: true });
    tweets.relate(ben, shy, { following: true });
    const id = await post(tweets, shy, { text: 'secret' });
    const seen = await deliver('tweets-live');
    const [follower, stranger] = [await watch(ben, [id]), await watch(null, [id])];
    await act(tweets, shy, 'likeTweet', id);
    await deliver('tweets-live', seen);
    expect(await follower.next()).toMatchObject({ tweet: { text: 'secret', likeCount: 1 } });
    expect(await stranger.next()).toEqual({
      tweet: { id, text: null, likeCount: null, unavailable: { reason: 'AUTHOR_PRIVATE' } },
    });
    await Promise.all([follower.close(), stranger.close()]);
  });

  it('ends while it waits, and leaves no listener', async () => {
    const id = await post(tweets, ada, { text: 'quiet' });
    const updates = await watch(null, [id]);
    const waiting = updates.next();
    await updates.close();
    expect(await waiting).toBeUndefined();
    expect(tweets.pubsub.channelCount()).toBe(0);
  });

  it.each([[[]], [['nonsense']], [Array<string>(101).fill('1234567890123456789')]])(
    'refuses bad ids %#',
    async (ids) => {
      const answer = await tweets.subscribe(ada, WATCH, { ids });
      expect('errors' in answer && answer.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    },
  );
});

describe('an erased person', () => {
  it('leaves tombstones, right counters, and no word of theirs', async () => {
    const eve = tweets.addPerson('eve');
    const root = await post(tweets, ada, { text: 'root' });
    const words: string[] = [];
    for (let index = 0; index < 8; index += 1) {
      words.push(
        await post(tweets, eve, {
          text: `my word ${index}`,
          replyToId: root,
          quotedId: root,
          idempotencyKey: `${index}`,
        }),
      );
    }
    const answer = await post(tweets, ben, { text: 'answer', replyToId: words[0] ?? '' });
    for (const id of words) for (const name of ['retweet', 'undoRetweet'] as const) await act(tweets, eve, name, id);
    for (const name of ['likeTweet', 'retweet', 'bookmarkTweet'] as const) await act(tweets, eve, name, root);
    const erased = record('user.v1', eve, {
      eventId: 'e',
      revision: 9,
      version: 1,
      at: 1,
      type: 'user.erased',
      userId: eve,
    });
    const consumer = tweets.consumers.find(({ group }) => group === 'tweets-users');
    await consumer?.handle([erased]);
    const after = await eventsOf(tweets);
    await consumer?.handle([erased]);
    expect(await eventsOf(tweets)).toEqual(after);

    expect(after.filter(({ type, authorId }) => type === 'tweet.deleted' && authorId === eve)).toHaveLength(8);
    expect(JSON.stringify(after)).not.toContain('my word');
    expect(await see(tweets, ben, root, 'likeCount retweetCount replyCount quoteCount')).toEqual({
      likeCount: 0,
      retweetCount: 0,
      replyCount: 0,
      quoteCount: 0,
    });
    expect(await see(tweets, ben, answer, 'text inReplyTo { text unavailable { reason } }')).toEqual({
      text: 'answer',
      inReplyTo: { text: null, unavailable: { reason: 'DELETED' } },
    });
    const { rows } = await tweets.pool.query(
      `SELECT (SELECT count(*)::int FROM bookmark WHERE user_id = $1) AS bookmarks, (SELECT count(*)::int FROM idempotency_key WHERE user_id = $1) AS keys,
              (SELECT count(*)::int FROM retweet WHERE user_id = $1) AS retweets,
              (SELECT count(*)::int FROM tweet WHERE author_id = $1 AND (text <> '' OR state <> 'deleted')) AS words`,
      [eve],
    );
    expect(rows).toEqual([{ bookmarks: 0, keys: 0, retweets: 0, words: 0 }]);
    expect(await wrongCounters(tweets)).toEqual([]);
  });

  it('is told to the log after the last of their words, and once', async () => {
    const events = await eventsOf(tweets);
    const told = events.filter(({ type }) => type === 'person.forgotten');
    expect(told).toHaveLength(1);
    expect(events.at(-1)).toEqual(told[0]);
  });

  it('is looked after once more, for a tweet that was under way', async () => {
    const kim = tweets.addPerson('kim');
    const erased = record('user.v1', kim, {
      ...{ eventId: 'k', revision: 2, version: 1, at: 1, type: 'user.erased', userId: kim },
    });
    await tweets.consumers.find(({ group }) => group === 'tweets-users')?.handle([erased]);
    const late = await post(tweets, kim, { text: 'committed too late' });
    const deps = { ...tweets, now: () => tweets.clock.now, eraseBatch: 3 };
    await eraseLatecomers(deps);
    expect(await see(tweets, ben, late, 'text')).toEqual({ text: 'committed too late' });

    tweets.clock.now += 10 * 60_000;
    await eraseLatecomers(deps);
    expect(await see(tweets, ben, late, 'text unavailable { reason }')).toEqual({
      text: null,
      unavailable: { reason: 'DELETED' },
    });
    const after = await eventsOf(tweets);
    expect(JSON.stringify(after)).not.toContain('too late');
    expect(after.at(-1)).toMatchObject({ type: 'person.forgotten', userId: kim });
    await eraseLatecomers(deps);
    expect(await eventsOf(tweets)).toEqual(after);
  });
});
