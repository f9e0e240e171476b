import type { Id } from '@starling/domain/ids.ts';
import { tweetDeleted } from '../publishes.ts';
import { changesBy, count } from './count.ts';
import { commitFacts, type Database } from './database.ts';
import { removeHashtags } from './hashtags.ts';

type Gone = { id: Id; authorId: Id; parentId: Id | null; quotedId: Id | null; revision: number };

const DELETE = `
  UPDATE tweet SET state = 'deleted', text = '', entities = '[]', revision = revision + 1
  WHERE id = $1 AND author_id = $2 AND state <> 'deleted'
  RETURNING id, author_id AS "authorId", parent_id AS "parentId", quoted_id AS "quotedId", revision`;

/** Blanks a tweet and leaves its place. False if there was nothing to delete any more. */
export async function deleteTweet(
  db: Database,
  { tweetId, authorId, at }: { tweetId: Id; authorId: Id; at: number },
): Promise<boolean> {
  const wasThere = await commitFacts(db, async (client, append) => {
    const { rows } = await client.query<Gone>({ name: 'delete-tweet', text: DELETE, values: [tweetId, authorId] });
    const [gone] = rows;
    if (gone === undefined) return false;
    await removeHashtags(client, [gone.id]);
    await append([tweetDeleted(gone, at), ...(await count(client, changesBy(gone, 'going'), at))]);
    return true;
  });
  // Whoever deleted it may not have answered yet.
  if (!wasThere) await db.forget({ entryIds: [tweetId], authorIds: [authorId] });
  return wasThere;
}
