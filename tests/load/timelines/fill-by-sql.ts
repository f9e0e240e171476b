import { join } from 'node:path';
import { composeId, EPOCH_MS, IMPORT_NODE, type Id } from '@starling/domain/ids.ts';
import { applyMigrations } from '@starling/kit/postgres/migrations.ts';
import { createPool, type Pool } from '@starling/kit/postgres/pool.ts';
import type { Databases } from '@starling/stack/databases.ts';
import { withoutIndexes } from './without-indexes.ts';

export type CrowdSize = {
  people: number;
  /** Followers of the person at rank 1. */
  starFollowers: number;
  /** Followers from which people are famous, or how many people are. */
  famous: { from: number } | { count: number };
  nowMs: number;
};

export type Crowd = {
  /** By rank, from 1: the lower, the more followers. Whoever was added stands behind all others. */
  personAt(rank: number): Id;
  people: number;
  /** Followers from which people are famous. */
  famousFrom: number;
  follows: number;
  tweets: number;
};

const DAY_MS = 24 * 60 * 60 * 1000;
const FOUNDED_DAYS_AGO = 60;
const FOLLOWED_DAYS_AGO = 40;
const TWEETED_DAYS = 30;
const TWEETS_A_PERSON = 5;
/** Followees at least; half of the people have less than the double, a few the most: Pareto with exponent 2. */
const FOLLOWEES_LEAST = 8;
const FOLLOWEES_MOST = 500;
/** A followee's rank is the power of a uniform number: followers fall with rank as rank^(1 / STEEPNESS - 1), by Zipf's law. */
const STEEPNESS = 2.5;
const SEED = 0.42;

/**
 * Fills the databases of users, graph and tweets, which are empty, past their services: nothing is told to anybody, so nobody may
 * have read anything. What is random comes from a seed.
 */
export async function fillCrowd(databases: Databases, size: CrowdSize): Promise<Crowd> {
  const foundedMs = size.nowMs - FOUNDED_DAYS_AGO * DAY_MS;
  const { people, nowMs } = size;
  await fillUsers(databases, { first: 1, count: people, foundedMs });
  const graph = await inDatabase(databases, 'graph', (pool) => fillGraph(pool, { ...size, foundedMs }));
  const tweets = await inDatabase(databases, 'tweets', (pool) => fillTweets(pool, { people, foundedMs, nowMs }));
  return { personAt: (rank) => personAt(foundedMs, rank), people, ...graph, tweets };
}

export type NewFollow = { followerId: Id; followeeId: Id };

/** Further people at the ranks behind the crowd's, and follows of theirs or of them. Answers the crowd with them. */
export async function addPeople(
  databases: Databases,
  crowd: Crowd,
  { count, follows }: { count: number; follows: readonly NewFollow[] },
): Promise<Crowd> {
  const foundedMs = foundedMsOf(crowd);
  await fillUsers(databases, { first: crowd.people + 1, count, foundedMs });
  await inDatabase(databases, 'graph', async (pool) => {
    await pool.query(
      `INSERT INTO follow SELECT follower, followee, now() - interval '${FOLLOWED_DAYS_AGO} days'
       FROM unnest($1::bigint[], $2::bigint[]) AS new (follower, followee)`,
      [follows.map(({ followerId }) => followerId), follows.map(({ followeeId }) => followeeId)],
    );
    const range = [crowd.people + 1, crowd.people + count];
    await pool.query(
      `INSERT INTO person (user_id, revision, follows_revision)
       SELECT ${personSql('rank', foundedMs)}, 1, 1 FROM generate_series($1::int, $2::int) AS rank`,
      range,
    );
    await pool.query(
      `UPDATE person SET follower_count = (SELECT count(*) FROM follow WHERE followee_id = user_id),
                         following_count = (SELECT count(*) FROM follow WHERE follower_id = user_id)
       WHERE user_id = ANY ($1::bigint[])`,
      [[...new Set(follows.flatMap(({ followerId, followeeId }) => [followerId, followeeId]))]],
    );
    await pool.query('VACUUM (ANALYZE)');
  });
  return { ...crowd, people: crowd.people + count, follows: crowd.follows + follows.length };
}

/** Ids of people with so many followers or followees, in no order. */
export function peopleWith(
  databases: Databases,
  count: 'follower_count' | 'following_count',
  range: { from: number; below: number },
): Promise<Id[]> {
  return inDatabase(databases, 'graph', async (pool) => {
    const { rows } = await pool.query<{ user_id: Id }>(
      `SELECT user_id FROM person WHERE ${count} >= $1 AND ${count} < $2`,
      [range.from, range.below],
    );
    return rows.map((row) => row.user_id);
  });
}

function personAt(foundedMs: number, rank: number): Id {
  return composeId({ atMs: foundedMs + rank, node: IMPORT_NODE, sequence: 0 });
}

function foundedMsOf(crowd: Crowd): number {
  return Number(BigInt(crowd.personAt(0)) >> 22n) + EPOCH_MS;
}

/** `composeId` as SQL has it. */
function idSql(atMs: string): string {
  return `(((${atMs})::bigint - ${EPOCH_MS}) << 22 | ${IMPORT_NODE << 13}::bigint)`;
}

function personSql(rank: string, foundedMs: number): string {
  return idSql(`${foundedMs} + ${rank}`);
}

async function inDatabase<Result>(
  databases: Databases,
  name: 'users' | 'graph' | 'tweets',
  work: (pool: Pool) => Promise<Result>,
): Promise<Result> {
  const pool = createPool({ url: databases[name], name: 'fill', max: 2, statementTimeoutMs: 0 });
  try {
    await applyMigrations(pool, join(import.meta.dirname, `../../../prisma/${name}/migrations`));
    return await work(pool);
  } finally {
    await pool.end();
  }
}

function fillUsers(
  databases: Databases,
  { first, count, foundedMs }: { first: number; count: number; foundedMs: number },
): Promise<void> {
  return inDatabase(databases, 'users', async (pool) => {
    await pool.query(
      `INSERT INTO account (id, handle, handle_hash, email, email_lower, password_hash, name, created_at, updated_at)
       SELECT ${personSql('rank', foundedMs)}, 'person' || rank, sha256(convert_to('person' || rank, 'UTF8')),
              'person' || rank || '@example.org', 'person' || rank || '@example.org', 'nobody logs in', 'Person ' || rank, founded, founded
       FROM generate_series($1::int, $2::int) AS rank, to_timestamp($3::double precision / 1000) AS founded`,
      [first, first + count - 1, foundedMs],
    );
    await pool.query('VACUUM (ANALYZE)');
  });
}

type Filling = CrowdSize & { foundedMs: number };

function fillGraph(pool: Pool, size: Filling): Promise<Pick<Crowd, 'famousFrom' | 'follows'>> {
  const { people, starFollowers, foundedMs } = size;
  const id = (rank: string) => personSql(rank, foundedMs);
  return withoutIndexes(pool, 'follow', async (client) => {
    await client.query('SELECT setseed($1)', [SEED]);
    const since = `now() - interval '${FOLLOWED_DAYS_AGO} days'`;
    await client.query(
      `INSERT INTO follow SELECT ${id('follower')}, ${id('followee')}, ${since}
       FROM (
         SELECT follower, 1 + floor(${people} * power(random(), ${STEEPNESS}))::int AS followee
         FROM generate_series(1, ${people}) AS follower,
              LATERAL generate_series(1, least(${FOLLOWEES_MOST}, floor(${FOLLOWEES_LEAST} / sqrt(1 - random() + 0 * follower)))::int)
       ) AS wish
       WHERE follower <> followee ON CONFLICT DO NOTHING`,
    );
    await client.query(
      `INSERT INTO follow SELECT ${id('follower')}, ${id('1')}, ${since}
       FROM generate_series(2, ${1 + starFollowers}) AS follower ON CONFLICT DO NOTHING`,
    );
    const famousFrom = await countPeople(client, size);
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM follow');
    return { famousFrom, follows: rows[0]?.count ?? 0 };
  });
}

/** Counters, and fame since before the first tweet. */
async function countPeople(client: Pick<Pool, 'query'>, { people, famous, foundedMs }: Filling): Promise<number> {
  await client.query(
    `INSERT INTO person (user_id, follower_count, following_count, revision, follows_revision)
     SELECT person.id, coalesce(followers.count, 0), coalesce(followees.count, 0), 1, 1
     FROM (SELECT ${personSql('rank', foundedMs)} AS id FROM generate_series(1, ${people}) AS rank) AS person
     LEFT JOIN (SELECT followee_id AS id, count(*) FROM follow GROUP BY followee_id) AS followers USING (id)
     LEFT JOIN (SELECT follower_id AS id, count(*) FROM follow GROUP BY follower_id) AS followees USING (id)`,
  );
  const famousFrom = 'from' in famous ? famous.from : await followersAtRank(client, famous.count);
  await client.query('UPDATE person SET famous = true WHERE follower_count >= $1', [famousFrom]);
  const since = `now() - interval '${FOUNDED_DAYS_AGO} days'`;
  await client.query(
    `INSERT INTO fame (user_id, begins_at, changed_at) SELECT user_id, ${since}, ${since} FROM person WHERE famous`,
  );
  return famousFrom;
}

async function followersAtRank(client: Pick<Pool, 'query'>, rank: number): Promise<number> {
  const { rows } = await client.query<{ follower_count: number }>(
    'SELECT follower_count FROM person ORDER BY follower_count DESC OFFSET $1 LIMIT 1',
    [rank - 1],
  );
  const found = rows[0]?.follower_count;
  if (found === undefined) throw new RangeError(`There are fewer than ${rank} people.`);
  return found;
}

/** One after the other in even steps until now, each by whoever it happens to be. */
function fillTweets(
  pool: Pool,
  { people, foundedMs, nowMs }: Pick<Filling, 'people' | 'foundedMs' | 'nowMs'>,
): Promise<number> {
  const count = TWEETS_A_PERSON * people;
  const stepMs = (TWEETED_DAYS * DAY_MS) / count;
  return withoutIndexes(pool, 'tweet', async (client) => {
    await client.query('SELECT setseed($1)', [SEED]);
    await client.query(
      `INSERT INTO tweet (id, author_id, text, conversation_id)
       SELECT id, ${personSql(`1 + floor(random() * ${people})::bigint`, foundedMs)},
              'Tweet ' || number || ' of many, about as long as most of them are, with some more words in it that say nothing.', id
       FROM generate_series(1, ${count}) AS number,
            LATERAL (SELECT ${idSql(`${nowMs - TWEETED_DAYS * DAY_MS} + floor((number - 1) * ${stepMs}::double precision)`)} AS id) AS its`,
    );
    await client.query('INSERT INTO tweet_counter (tweet_id) SELECT id FROM tweet');
    return count;
  });
}
