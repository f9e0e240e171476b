import { isRetweetId } from '@starling/domain/ids.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, COUNTS, eventsOf, post, see, wrongCounters } from './testing/operations.ts';
import { openTestTweets, type TestTweets } from './testing/test-tweets.ts';

let tweets: TestTweets;
let ada: string;
let ben: string;
beforeAll(async () => {
  tweets = await openTestTweets();
  ada = tweets.addPerson('ada');
  ben = tweets.addPerson('Ben');
});
afterAll(() => tweets.close());

describe('posting', () => {
  it('stores the text, its entities and the event together', async () => {
    const id = await post(tweets, ada, { text: 'Cafe\u0301 with @ben, @nobody and #tea https://example.com' });
    expect(isRetweetId(id)).toBe(false);
    expect(
      await see(
        tweets,
        ben,
        id,
        `text author { id } conversationId inReplyTo { id } ${COUNTS} entities { kind start end value user { id } }`,
      ),
    ).toEqual({
      text: 'Café with @ben, @nobody and #tea https://example.com',
      author: { id: ada },
      conversationId: id,
      inReplyTo: null,
      likeCount: 0,
      retweetCount: 0,
      replyCount: 0,
      quoteCount: 0,
      entities: [
        { kind: 'MENTION', start: 10, end: 14, value: 'ben', user: { id: ben } },
        { kind: 'MENTION', start: 16, end: 23, value: 'nobody', user: null },
        { kind: 'HASHTAG', start: 28, end: 32, value: 'tea', user: null },
        { kind: 'LINK', start: 33, end: 52, value: 'https://example.com', user: null },
      ],
    });
    expect((await eventsOf(tweets, 'tweet.posted')).at(-1)).toMatchObject({
      tweetId: id,
      authorId: ada,
      revision: 1,
      conversationId: id,
      parentId: null,
      hashtags: ['tea'],
      mentionedIds: [ben],
    });
  });

  it('puts a reply into the conversation and counts it, and a quote, also of the same tweet', async () => {
    const root = await post(tweets, ada, { text: 'root' });
    const reply = await post(tweets, ben, { text: 'reply', replyToId: root });
    const both = await post(tweets, ada, { text: 'both', replyToId: reply, quotedId: root });
    const narcissist = await post(tweets, ada, { text: 'twice', replyToId: root, quotedId: root });
    expect(await see(tweets, null, both, 'conversationId inReplyTo { id text } quoted { id text }')).toEqual({
      conversationId: root,
      inReplyTo: { id: reply, text: 'reply' },
      quoted: { id: root, text: 'root' },
    });
    expect(await see(tweets, null, root, 'replyCount quoteCount')).toEqual({ replyCount: 2, quoteCount: 2 });
    expect(narcissist).toMatch(/^\d{19}$/);
    const counted = (await eventsOf(tweets, 'tweet.counted')).filter((event) => event.tweetId === root);
    expect(
      counted.map(({ revision, action, replyCount, quoteCount }) => [revision, action, replyCount, quoteCount]),
    ).toEqual([
      [1, 'reply', 1, 0],
      [2, 'quote', 1, 1],
      [3, 'reply', 2, 1],
      [4, 'quote', 2, 2],
    ]);
  });

  it.each([
    [{ text: '' }, 'EMPTY'],
    [{ text: ' \n' }, 'EMPTY'],
    [{ text: 'a'.repeat(281) }, 'TOO_LONG'],
    [{ text: 'nul \u0000' }, 'MALFORMED'],
    [{ text: '\ud83d' }, 'MALFORMED'],
    [{ text: 'x', replyToId: 'abc' }, 'MALFORMED'],
    [{ text: 'x', replyToId: '-1' }, 'MALFORMED'],
    [{ text: 'x', quotedId: "1' OR true --" }, 'MALFORMED'],
    [{ text: 'x', quotedId: '9999999999999999999' }, 'MALFORMED'],
    [{ text: 'x', replyToId: '1234567890123456789' }, 'NOT_FOUND'],
    [{ text: 'x', quotedId: '1234567890123456789' }, 'NOT_FOUND'],
    [{ text: 'x', idempotencyKey: '' }, 'EMPTY'],
    [{ text: 'x', idempotencyKey: 'k'.repeat(65) }, 'TOO_LONG'],
    [{ text: 'x', idempotencyKey: 'k\u0000' }, 'MALFORMED'],
  ])('refuses %j with %s and changes nothing', async (input, code) => {
    const before = await eventsOf(tweets);
    expect(await post(tweets, ada, input)).toBe(code);
    expect(await eventsOf(tweets)).toEqual(before);
  });

  it('tells every field that is wrong', async () => {
    const query =
      'mutation($input: PostTweetInput!) { postTweet(input: $input) { tweet { id } userErrors { code field } } }';
    const { data } = await tweets.run(ada, query, { input: { text: '', idempotencyKey: '' } });
    expect(data?.postTweet).toEqual({
      tweet: null,
      userErrors: [
        { code: 'EMPTY', field: ['text'] },
        { code: 'EMPTY', field: ['idempotencyKey'] },
      ],
    });
  });

  it('refuses people whose account is not active, and nobody', async () => {
    const gone = tweets.addPerson('gone', { state: 'suspended' });
    expect(await post(tweets, gone, { text: 'x' })).toBe('ACCOUNT_NOT_ACTIVE');
    const { errors } = await tweets.run(null, 'mutation { postTweet(input: { text: "x" }) { tweet { id } } }');
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('answers no tweet that the viewer may not answer', async () => {
    const shy = tweets.addPerson('shy', { isPrivate: true });
    const cross = tweets.addPerson('cross');
    tweets.relate(ada, cross, { blockedBy: true });
    const secret = await post(tweets, shy, { text: 'secret' });
    const angry = await post(tweets, cross, { text: 'angry' });
    const doomed = await post(tweets, ada, { text: 'doomed' });
    await act(tweets, ada, 'deleteTweet', doomed);
    expect(await post(tweets, ada, { text: 'x', replyToId: secret })).toBe('NOT_ALLOWED');
    expect(await post(tweets, ada, { text: 'x', quotedId: angry })).toBe('BLOCKED');
    expect(await post(tweets, ada, { text: 'x', replyToId: doomed })).toBe('UNAVAILABLE');
    tweets.relate(ada, shy, { following: true });
    expect(await post(tweets, ada, { text: 'x', replyToId: secret })).toMatch(/^\d{19}$/);
  });
});

describe('an idempotency key', () => {
  it('posts once, however many ask at once', async () => {
    const input = { text: 'once', idempotencyKey: 'race' };
    const ids = await Promise.all(Array.from({ length: 12 }, () => post(tweets, ada, input)));
    expect(new Set(ids).size).toBe(1);
    expect((await eventsOf(tweets, 'tweet.posted')).filter(({ text }) => text === 'once')).toHaveLength(1);
    expect(await post(tweets, ada, input)).toBe(ids[0]);
  });

  it('counts a raced reply once', async () => {
    const root = await post(tweets, ada, { text: 'root' });
    const input = { text: 'only answer', replyToId: root, idempotencyKey: 'race-reply' };
    await Promise.all(Array.from({ length: 8 }, () => post(tweets, ben, input)));
    expect(await see(tweets, null, root, 'replyCount')).toEqual({ replyCount: 1 });
    expect(await wrongCounters(tweets)).toEqual([]);
  });

  it('gives its tweet back even when what it answers has gone', async () => {
    const root = await post(tweets, ben, { text: 'root' });
    const input = { text: 'still', replyToId: root, idempotencyKey: 'later' };
    const id = await post(tweets, ada, input);
    await act(tweets, ben, 'deleteTweet', root);
    expect(await post(tweets, ada, input)).toBe(id);
  });

  it('is refused for another input, belongs to one person, and ends after a day', async () => {
    const id = await post(tweets, ada, { text: 'first', idempotencyKey: 'mine' });
    expect(await post(tweets, ada, { text: 'second', idempotencyKey: 'mine' })).toBe('KEY_REUSED');
    expect(await post(tweets, ben, { text: 'second', idempotencyKey: 'mine' })).toMatch(/^\d{19}$/);
    tweets.clock.now += 24 * 3_600_000 + 1;
    const again = await post(tweets, ada, { text: 'second', idempotencyKey: 'mine' });
    expect(again).not.toBe(id);
    expect(again).toMatch(/^\d{19}$/);
  });

  it('is pruned when it has ended', async () => {
    await post(tweets, ada, { text: 'x', idempotencyKey: 'old' });
    tweets.clock.now += 25 * 3_600_000;
    await post(tweets, ada, { text: 'x', idempotencyKey: 'young' });
    expect(await tweets.store.pruneIdempotencyKeys({ at: tweets.clock.now, limit: 99 })).toBeGreaterThan(0);
    const { rows } = await tweets.pool.query('SELECT key FROM idempotency_key');
    expect(rows).toEqual([{ key: 'young' }]);
  });
});

it('answers and quotes in opposite directions at once without a deadlock', async () => {
  const one = await post(tweets, ada, { text: 'one' });
  const two = await post(tweets, ada, { text: 'two' });
  const posts = Array.from({ length: 20 }, (_, index) =>
    post(tweets, index % 2 ? ada : ben, {
      text: `${index}`,
      ...(index % 2 ? { replyToId: one, quotedId: two } : { replyToId: two, quotedId: one }),
    }),
  );
  expect((await Promise.all(posts)).every((id) => /^\d{19}$/.test(id))).toBe(true);
  expect(await see(tweets, null, one, 'replyCount quoteCount')).toEqual({ replyCount: 10, quoteCount: 10 });
  expect(await wrongCounters(tweets)).toEqual([]);
});
