import type { Id } from '@starling/domain/ids.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import type { TestTweets } from './test-tweets.ts';

type Payload = { tweet: { id: Id } | null; userErrors: UserError[] };
export type PostInput = { text: string; replyToId?: string; quotedId?: string; idempotencyKey?: string };
export type TargetMutation =
  'deleteTweet' | 'retweet' | 'undoRetweet' | 'likeTweet' | 'unlikeTweet' | 'bookmarkTweet' | 'removeBookmark';

const CODES = 'tweet { id } userErrors { code field message }';

/** What the mutation answers: the tweet's id or the code of its first error. Throws on a top-level error. */
export async function post(tweets: TestTweets, viewerId: Id, input: PostInput): Promise<string> {
  const query = `mutation($input: PostTweetInput!) { postTweet(input: $input) { ${CODES} } }`;
  return outcomeOf(await tweets.run(viewerId, query, { input }), 'postTweet');
}

/** As `post`, for a mutation of one tweet. */
export async function act(tweets: TestTweets, viewerId: Id, name: TargetMutation, tweetId: string): Promise<string> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { ${name}(input: $input) { ${CODES} } }`;
  return outcomeOf(await tweets.run(viewerId, query, { input: { tweetId } }), name);
}

export const COUNTS = 'likeCount retweetCount replyCount quoteCount';

/** `tweet(id)` with some fields. */
export async function see(tweets: TestTweets, viewerId: Id | null, id: Id, fields: string): Promise<unknown> {
  const { data, errors } = await tweets.run(viewerId, `query($id: ID!) { tweet(id: $id) { ${fields} } }`, { id });
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.tweet;
}

/** Payloads of the events of a type, or of all, in the order of the outbox. */
export async function eventsOf(tweets: TestTweets, type: string | null = null): Promise<Record<string, unknown>[]> {
  const { rows } = await tweets.pool.query<{ payload: Record<string, unknown> }>(
    'SELECT payload FROM outbox WHERE $1::text IS NULL OR type = $1 ORDER BY seq',
    [type],
  );
  return rows.map(({ payload }) => payload);
}

/** Tweets whose counters differ from their rows. */
export async function wrongCounters(tweets: TestTweets): Promise<unknown[]> {
  const { rows } = await tweets.pool.query<object>(`
    SELECT * FROM (
      SELECT c.*,
        (SELECT count(*) FROM tweet_like l WHERE l.tweet_id = c.tweet_id) AS likes,
        (SELECT count(*) FROM retweet r WHERE r.tweet_id = c.tweet_id AND r.undone_at IS NULL) AS retweets,
        (SELECT count(*) FROM tweet t WHERE t.parent_id = c.tweet_id AND t.state <> 'deleted') AS replies,
        (SELECT count(*) FROM tweet t WHERE t.quoted_id = c.tweet_id AND t.state <> 'deleted') AS quotes
      FROM tweet_counter c) all_counters
    WHERE (like_count, retweet_count, reply_count, quote_count) IS DISTINCT FROM (likes, retweets, replies, quotes)`);
  return rows;
}

function outcomeOf({ data, errors }: Awaited<ReturnType<TestTweets['run']>>, name: string): string {
  if (errors) throw new Error(JSON.stringify(errors));
  const { tweet, userErrors } = data?.[name] as Payload;
  return userErrors[0]?.code ?? tweet?.id ?? 'neither';
}
