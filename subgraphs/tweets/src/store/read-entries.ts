import type { Id } from '@starling/domain/ids.ts';
import type { TweetState } from '@starling/domain/visibility.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import { foldRow, HASHTAGS_COLUMN } from './hashtags.ts';

/** The facts of a tweet that rules need. */
export type TweetFacts = {
  id: Id;
  authorId: Id;
  parentId: Id | null;
  parentAuthorId: Id | null;
  conversationId: Id;
  state: TweetState;
  /** In the form that is compared, in the order of the text. */
  hashtags: string[];
};

export type RetweetFacts = { id: Id; userId: Id; tweetId: Id };

/** A tweet, or a retweet: then `id` and `actorId` are the retweet's, all else is the tweet's. */
export type EntryRow = TweetFacts & { actorId: Id; tweetId: Id };

const TWEET_FACTS = `
  SELECT id, author_id AS "authorId", parent_id AS "parentId", parent_author_id AS "parentAuthorId",
         conversation_id AS "conversationId", state, ${HASHTAGS_COLUMN}
  FROM tweet WHERE id = ANY($1::bigint[])`;

export async function readTweetFacts(db: Queryable, ids: readonly Id[]): Promise<Map<Id, TweetFacts>> {
  const { rows } = await db.query<TweetFacts>({ name: 'read-tweet-facts', text: TWEET_FACTS, values: [ids] });
  return new Map(rows.map((row) => [row.id, foldRow(row)]));
}

const RETWEET_FACTS = `
  SELECT id, user_id AS "userId", tweet_id AS "tweetId" FROM retweet WHERE id = ANY($1::bigint[]) AND undone_at IS NULL`;

/** Retweets that stand. */
export async function readRetweetFacts(db: Queryable, ids: readonly Id[]): Promise<Map<Id, RetweetFacts>> {
  const { rows } = await db.query<RetweetFacts>({ name: 'read-retweet-facts', text: RETWEET_FACTS, values: [ids] });
  return new Map(rows.map((row) => [row.id, row]));
}

const RETWEETS_BY = `
  SELECT id FROM retweet WHERE tweet_id = $1 AND user_id = ANY($2::bigint[]) AND undone_at IS NULL ORDER BY id DESC`;

/** Retweets of one tweet by these people that stand, newest first. */
export async function findRetweets(
  db: Queryable,
  { tweetId, userIds }: { tweetId: Id; userIds: readonly Id[] },
): Promise<Id[]> {
  const values = [tweetId, userIds];
  const { rows } = await db.query<{ id: Id }>({ name: 'find-retweets', text: RETWEETS_BY, values });
  return rows.map(({ id }) => id);
}

/** Which end comes first, whether retweets undone later than a moment ($6) stand, and whether ids are all that is asked for. */
type Shape = { oldestFirst: boolean; isPast: boolean; idsAlone: boolean };

/**
 * First a few entries of each person, whose `limit`-th is a bound for the answer; then, of those alone who may have more above
 * it, everything up to it. So thousands of people are asked for a handful each, however much each of them has written.
 */
function byActors({ oldestFirst, isPast, idsAlone }: Shape): string {
  const order = oldestFirst ? 'ASC' : 'DESC';
  const [furthest, end] = oldestFirst ? ['max(id) + 1', '$2'] : ['min(id) - 1', '$3'];
  const whole = (id: string) => `${id} < $2 AND ${id} > $3`;
  const bounded = (id: string) =>
    oldestFirst ? `${id} < (SELECT id FROM bound) AND ${id} > $3` : `${id} < $2 AND ${id} > (SELECT id FROM bound)`;
  const entriesOfOne = (within: (id: string) => string, limit: string) =>
    [
      `(SELECT t.id, t.id AS tweet_id FROM tweet t
       WHERE t.author_id = actor.id AND t.state <> 'deleted' AND ${within('t.id')}
       ORDER BY t.id ${order} LIMIT ${limit})`,
      // One index has those that stand, another those undone: so each is asked for by itself.
      ...['r.undone_at IS NULL', ...(isPast ? ['r.undone_at > $6'] : [])].map(
        (stood) => `(SELECT r.id, r.tweet_id FROM retweet r JOIN tweet t ON t.id = r.tweet_id AND t.state <> 'deleted'
       WHERE r.user_id = actor.id AND ${stood} AND ${within('r.id')}
       ORDER BY r.id ${order} LIMIT ${limit})`,
      ),
    ].join(' UNION ALL ');
  const entriesOf = (people: string, within: (id: string) => string, limit: string) =>
    `SELECT e.id, e.tweet_id, actor.id AS actor_id FROM ${people} actor CROSS JOIN LATERAL (${entriesOfOne(within, limit)}) e`;
  const facts = `e.id, e.actor_id AS "actorId", t.id AS "tweetId", t.author_id AS "authorId", t.parent_id AS "parentId",
         t.parent_author_id AS "parentAuthorId", t.conversation_id AS "conversationId", t.state, ${HASHTAGS_COLUMN}`;
  return `
  WITH everybody AS MATERIALIZED (SELECT DISTINCT id FROM unnest($1::bigint[]) AS a(id)),
  head AS MATERIALIZED (${entriesOf('everybody', whole, '$5')} ORDER BY e.id ${order} LIMIT $4),
  bound AS MATERIALIZED (SELECT CASE WHEN count(*) = $4 THEN ${furthest} ELSE ${end} END AS id FROM head),
  busy AS MATERIALIZED (SELECT actor_id AS id FROM head GROUP BY actor_id HAVING count(*) >= $5),
  e AS (
    SELECT id, tweet_id, actor_id FROM head WHERE actor_id NOT IN (SELECT id FROM busy)
    UNION ALL ${entriesOf('busy', bounded, '$4')}
    ORDER BY id ${order} LIMIT $4
  )
  ${
    idsAlone
      ? `SELECT string_agg(id::text, ',' ORDER BY id ${order}) AS packed FROM e`
      : `SELECT ${facts} FROM e JOIN tweet t ON t.id = e.tweet_id ORDER BY e.id ${order}`
  }`;
}

const LEAST_HEAD = 2;

export type ActorsQuery = {
  actorIds: readonly Id[];
  /** Both exclusive. */
  beforeId: Id;
  afterId: Id;
  limit: number;
  oldestFirst: boolean;
  /** Retweets as they stood at this moment, in epoch milliseconds; null: as they stand. */
  asOfMs: number | null;
};

/** In order over all the people. Deleted tweets, their retweets and undone retweets are absent. */
export async function listByActors(db: Queryable, query: ActorsQuery): Promise<EntryRow[]> {
  const { rows } = await db.query<EntryRow>(statementOf(query, { idsAlone: false }));
  return rows.map(foldRow);
}

/** Of what `listByActors` answers, as it stands, the newest first. */
export async function listIdsByActors(
  db: Queryable,
  query: Omit<ActorsQuery, 'oldestFirst' | 'asOfMs'>,
): Promise<Id[]> {
  const statement = statementOf({ ...query, oldestFirst: false, asOfMs: null }, { idsAlone: true });
  const { rows } = await db.query<{ packed: string | null }>(statement);
  return rows[0]?.packed?.split(',') ?? [];
}

function statementOf(
  { actorIds, beforeId, afterId, limit, oldestFirst, asOfMs }: ActorsQuery,
  { idsAlone }: Pick<Shape, 'idsAlone'>,
) {
  const head = Math.min(limit, Math.max(LEAST_HEAD, Math.ceil((2 * limit) / Math.max(1, actorIds.length))));
  const isPast = asOfMs !== null;
  return {
    name: `list-${idsAlone ? 'ids-' : ''}by-actors-${oldestFirst ? 'oldest' : 'newest'}${isPast ? '-past' : ''}`,
    text: byActors({ oldestFirst, isPast, idsAlone }),
    // Thousands of ids in the form that Postgres reads: pg would escape each by itself.
    values: [`{${actorIds.join()}}`, beforeId, afterId, limit, head, ...(isPast ? [new Date(asOfMs)] : [])],
  };
}
