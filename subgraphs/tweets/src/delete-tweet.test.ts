import { afterAll, beforeAll, expect, it } from 'vitest';
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

it('leaves nothing of the text, uncounts reply and quote, and leaves its revision behind', async () => {
  const root = await post(tweets, ada, { text: 'root' });
  const id = await post(tweets, ben, { text: 'secret #tag', replyToId: root, quotedId: root });
  expect(await see(tweets, ada, id, 'text')).toEqual({ text: 'secret #tag' });
  expect(await act(tweets, ben, 'deleteTweet', id)).toBe(id);
  const { rows } = await tweets.pool.query('SELECT text, entities, state, revision FROM tweet WHERE id = $1', [id]);
  expect(rows).toEqual([{ text: '', entities: [], state: 'deleted', revision: 2 }]);
  expect(await see(tweets, ada, id, 'text unavailable { reason }')).toEqual({
    text: null,
    unavailable: { reason: 'DELETED' },
  });
  expect(await see(tweets, ada, root, 'replyCount quoteCount')).toEqual({ replyCount: 0, quoteCount: 0 });
  expect((await eventsOf(tweets, 'tweet.deleted')).at(-1)).toMatchObject({ tweetId: id, authorId: ben, revision: 2 });
});

it('changes nothing a second time, nor when it is raced', async () => {
  const root = await post(tweets, ada, { text: 'root' });
  const id = await post(tweets, ada, { text: 'x', replyToId: root });
  const before = (await eventsOf(tweets, 'tweet.deleted')).length;
  await Promise.all(Array.from({ length: 6 }, () => act(tweets, ada, 'deleteTweet', id)));
  expect(await act(tweets, ada, 'deleteTweet', id)).toBe(id);
  expect(await eventsOf(tweets, 'tweet.deleted')).toHaveLength(before + 1);
  expect(await wrongCounters(tweets)).toEqual([]);
});

it('is for the author alone, and tells strangers nothing of what they may not see', async () => {
  const shy = tweets.addPerson('shy', { isPrivate: true });
  const open = await post(tweets, ada, { text: 'open' });
  const secret = await post(tweets, shy, { text: 'secret' });
  const gone = await post(tweets, ada, { text: 'gone' });
  await act(tweets, ada, 'deleteTweet', gone);
  expect(await act(tweets, ben, 'deleteTweet', open)).toBe('NOT_ALLOWED');
  expect(await act(tweets, ben, 'deleteTweet', secret)).toBe('NOT_FOUND');
  expect(await act(tweets, ben, 'deleteTweet', gone)).toBe('NOT_FOUND');
  expect(await act(tweets, ben, 'deleteTweet', 'nonsense')).toBe('MALFORMED');
  expect(await see(tweets, null, open, 'text')).toEqual({ text: 'open' });
});
