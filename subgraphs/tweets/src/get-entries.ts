import { isId, isRetweetId, type Id } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import type { CachedTweets } from './cached-tweets.ts';
import type { EntryRow, RetweetFacts, TweetFacts } from './store/read-entries.ts';

type Cached = Pick<CachedTweets, 'readTweetFacts' | 'readRetweetFacts' | 'foreknown'>;

const MAX_IDS = 1_000;

/** In the order of `ids`. What never was, and undone retweets, are absent. */
export async function getEntries(cached: Cached, ids: readonly string[]): Promise<EntryFacts[]> {
  checkIds(ids, MAX_IDS);
  const retweetIds = ids.filter(isRetweetId);
  const likely = ids.flatMap((id) => (isRetweetId(id) ? (cached.foreknown.retweeted(id) ?? []) : id));
  const [retweets, first] = await Promise.all([
    readSome(retweetIds, cached.readRetweetFacts),
    readSome([...new Set(likely)], cached.readTweetFacts),
  ]);
  const shown = new Set([...retweets.values()].map(({ tweetId }) => tweetId));
  const rest = await readSome(
    [...shown].filter((id) => !first.has(id)),
    cached.readTweetFacts,
  );
  const tweets = new Map([...first, ...rest]);
  return ids.flatMap((id) => entryOf(id, tweets, retweets) ?? []);
}

/** Throws StarlingError BAD_USER_INPUT. */
export function checkIds(ids: readonly string[], max: number): void {
  if (ids.length > max) throw new StarlingError('BAD_USER_INPUT', `At most ${max} ids`);
  const bad = ids.find((id) => !isId(id));
  if (bad !== undefined) throw new StarlingError('BAD_USER_INPUT', `${JSON.stringify(bad)} is no id`);
}

/** Protocol buffers have no null: what a tweet lacks is empty. */
export function toEntryFacts(row: EntryRow): EntryFacts {
  return { ...row, parentId: row.parentId ?? '', parentAuthorId: row.parentAuthorId ?? '' };
}

async function readSome<Value>(
  ids: Id[],
  read: (ids: readonly Id[]) => Promise<Map<Id, Value>>,
): Promise<Map<Id, Value>> {
  return ids.length === 0 ? new Map() : await read(ids);
}

function entryOf(
  id: Id,
  tweets: ReadonlyMap<Id, TweetFacts>,
  retweets: ReadonlyMap<Id, RetweetFacts>,
): EntryFacts | null {
  const retweet = retweets.get(id);
  const tweet = tweets.get(retweet?.tweetId ?? id);
  if (!tweet) return null;
  return toEntryFacts({ ...tweet, id, actorId: retweet?.userId ?? tweet.authorId, tweetId: tweet.id });
}
