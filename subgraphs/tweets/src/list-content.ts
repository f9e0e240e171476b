import { StarlingError } from '@starling/kit/errors.ts';
import type { ListTweetsRequest, ListTweetsResponse, TweetContent } from '@starling/schema/generated/rpc/tweets.ts';
import { checkIds } from './get-entries.ts';
import type { Store } from './store.ts';
import { hashtagsOf, mentionedIdsOf, type Tweet } from './tweet.ts';

const MAX_LIMIT = 1_000;
const BEFORE_EVERY_ID = '0';

/** Everything there is, for images that are made anew. Throws StarlingError BAD_USER_INPUT. */
export async function listContent(
  store: Pick<Store, 'listTweets' | 'countTweets'>,
  { afterId, limit }: ListTweetsRequest,
): Promise<ListTweetsResponse> {
  const isFirst = afterId === '';
  if (!isFirst) checkIds([afterId], 1);
  if (limit < 1 || limit > MAX_LIMIT)
    throw new StarlingError('BAD_USER_INPUT', `"limit" must be from 1 to ${MAX_LIMIT}`);
  const total = BigInt(isFirst ? await store.countTweets() : 0);
  const tweets = await store.listTweets({ afterId: afterId || BEFORE_EVERY_ID, limit });
  return { tweets: tweets.map(contentOf), total };
}

function contentOf(tweet: Tweet): TweetContent {
  const { id, authorId, text, state } = tweet;
  return {
    ...{ id, authorId, text, state },
    parentAuthorId: tweet.parentAuthorId ?? '',
    hashtags: hashtagsOf(tweet),
    mentionedIds: mentionedIdsOf(tweet),
    revision: BigInt(tweet.revision),
  };
}
