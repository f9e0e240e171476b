import { foldHashtags } from '@starling/domain/hashtag.ts';
import type { Id } from '@starling/domain/ids.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';

/** The column `hashtags` of a tweet: as written, in the order of the text. */
export const HASHTAGS_COLUMN = `jsonb_path_query_array(entities, '$[*] ? (@.kind == "HASHTAG").value') AS hashtags`;

/** A row that was read with `HASHTAGS_COLUMN`, with its hashtags as they are compared. */
export function foldRow<Row extends { hashtags: string[] }>(row: Row): Row {
  return row.hashtags.length === 0 ? row : { ...row, hashtags: foldHashtags(row.hashtags) };
}

/** Of tweets that this transaction has deleted. What else enters a tweet's hashtags must have locked the tweet. */
export async function removeHashtags(client: Queryable, tweetIds: readonly Id[]): Promise<void> {
  if (tweetIds.length === 0) return;
  const text = 'DELETE FROM tweet_hashtag WHERE tweet_id = ANY($1::bigint[])';
  await client.query({ name: 'remove-hashtags', text, values: [tweetIds] });
}
