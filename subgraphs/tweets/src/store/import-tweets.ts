import type { Id } from '@starling/domain/ids.ts';
import type { PoolClient, Queryable } from '@starling/kit/postgres/pool.ts';
import { tweetPosted } from '../publishes.ts';
import { staleByTweets } from '../stale.ts';
import { newTweet, tagsOf, type Tweet, type TweetEntity } from '../tweet.ts';
import { changesBy, count } from './count.ts';
import { commitFacts, type Append, type Database } from './database.ts';
import { lockImports, takeImportIds } from './import-ids.ts';
import { readTweets } from './read-tweets.ts';

/** A tweet of the past, with distinct keys among one call's; keys of others name tweets of this or an earlier import. */
export type PastTweet = {
  key: string;
  authorId: Id;
  text: string;
  entities: TweetEntity[];
  atMs: number;
  replyToKey: string | null;
  quotedKey: string | null;
};

/** `unknownKey` is one that neither an earlier import nor an earlier tweet of this one has; then nothing was stored. */
export type Imported = { ok: true; ids: Map<string, Id>; created: Id[] } | { ok: false; unknownKey: string };

/** Stores those whose keys are new, with their events and counters, together or not at all. */
export async function storePastTweets(db: Database, past: readonly PastTweet[], at: number): Promise<Imported> {
  return commitFacts(db, async (client, append, concern) => {
    await lockImports(client);
    const referred = past.flatMap(({ key, replyToKey, quotedKey }) => [key, replyToKey ?? [], quotedKey ?? []].flat());
    const idsByKey = await readImportKeys(client, [...new Set(referred)]);
    const fresh = past.filter(({ key }) => !idsByKey.has(key));
    const targets = await readTweets(client, [...idsByKey.values()]);
    concern(staleByTweets(past.flatMap(({ key }) => targets.get(idsByKey.get(key) ?? '') ?? [])));
    const ids = await takeImportIds(
      client,
      'tweet',
      fresh.map(({ atMs }) => atMs),
    );
    const tweets: Tweet[] = [];
    for (const [index, one] of fresh.entries()) {
      const unknownKey = [one.replyToKey, one.quotedKey].find((key) => key !== null && !idsByKey.has(key));
      if (unknownKey) return { ok: false, unknownKey };
      const find = (key: string | null) => (key === null ? null : (targets.get(idsByKey.get(key) ?? '') ?? null));
      const tweet = newTweet(ids[index] ?? '', one, { parent: find(one.replyToKey), quoted: find(one.quotedKey) });
      idsByKey.set(one.key, tweet.id);
      targets.set(tweet.id, tweet);
      tweets.push(tweet);
    }
    if (tweets.length > 0) await insertAll(client, append, { tweets, past: fresh, at });
    return { ok: true, ids: idsByKey, created: tweets.map(({ id }) => id) };
  });
}

async function readImportKeys(db: Queryable, keys: readonly string[]): Promise<Map<string, Id>> {
  const { rows } = await db.query<{ key: string; id: Id }>(
    'SELECT key, tweet_id AS id FROM import_key WHERE key = ANY($1::text[])',
    [keys],
  );
  return new Map(rows.map(({ key, id }) => [key, id]));
}

const INSERT = `
  WITH past AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS p(
      key text, id bigint, "authorId" bigint, text text, entities jsonb, "parentId" bigint, "parentAuthorId" bigint,
      "conversationId" bigint, "quotedId" bigint, tags text[])
  ),
  counter AS (INSERT INTO tweet_counter (tweet_id) SELECT id FROM past),
  tagged AS (INSERT INTO tweet_hashtag (tag, tweet_id) SELECT tag, id FROM past, unnest(tags) AS t(tag)),
  keyed AS (INSERT INTO import_key (key, tweet_id) SELECT key, id FROM past)
  INSERT INTO tweet (id, author_id, text, entities, parent_id, parent_author_id, conversation_id, quoted_id)
  SELECT id, "authorId", text, entities, "parentId", "parentAuthorId", "conversationId", "quotedId" FROM past`;

async function insertAll(
  client: PoolClient,
  append: Append,
  { tweets, past, at }: { tweets: readonly Tweet[]; past: readonly PastTweet[]; at: number },
): Promise<void> {
  const rows = tweets.map((tweet, index) => ({ ...tweet, tags: tagsOf(tweet), key: past[index]?.key }));
  await client.query(INSERT, [JSON.stringify(rows)]);
  const changes = tweets.flatMap((tweet) => changesBy(tweet, 'coming'));
  await append([...tweets.map((tweet) => tweetPosted(tweet, at)), ...(await count(client, changes, at))]);
}
