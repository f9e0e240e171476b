import type { Id } from '@starling/domain/ids.ts';
import { tweetDeleted } from '../publishes.ts';
import { staleByTweets } from '../stale.ts';
import { changesBy, count } from './count.ts';
import { commitFacts, type Database } from './database.ts';
import { removeHashtags } from './hashtags.ts';
import { readTweets } from './read-tweets.ts';

type Gone = { id: Id; authorId: Id; parentId: Id | null; quotedId: Id | null; revision: number };

const DELETE = `
  UPDATE tweet SET state = 'deleted', text = '', entities = '[]', revision = revision + 1
  WHERE id = $1 AND author_id = $2 AND state <> 'deleted'
  RETURNING id, author_id AS "authorId", parent_id AS "parentId", quoted_id AS "quotedId", revision`;

/** Blanks a tweet and leaves its place. False if there was nothing to delete any more. */
export function deleteTweet(
  db: Database,
  { tweetId, authorId, at }: { tweetId: Id; authorId: Id; at: number },
): Promise<boolean> {
  return commitFacts(db, async (client, append, concern) => {
    const { rows } = await client.query<Gone>({ name: 'delete-tweet', text: DELETE, values: [tweetId, authorId] });
    const [gone] = rows;
    if (gone === undefined) {
      concern(staleByTweets((await readTweets(client, [tweetId])).values()));
      return false;
    }
    await removeHashtags(client, [gone.id]);
    await append([tweetDeleted(gone, at), ...(await count(client, changesBy(gone, 'going'), at))]);
    return true;
  });
}
