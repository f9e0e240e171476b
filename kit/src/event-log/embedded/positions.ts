import type { Queryable } from '../../postgres/pool.ts';
import type { PartitionLag } from '../port.ts';
import type { Topics } from './topics.ts';

/** Where a group is and where the log ends, for every partition of the topics. */
export async function loadPositions(
  pool: Queryable,
  topics: Topics,
  group: string,
  names: readonly string[],
): Promise<PartitionLag[]> {
  const byId = new Map(names.map((name) => [topics.get(name).id, name]));
  const { rows } = await pool.query<{ topic_id: number; partition: number; committed: string; end: string }>({
    name: 'log-positions',
    text: `SELECT p.topic_id, p.partition, p.next_offset AS "end", coalesce(g.next_offset, 0) AS committed
           FROM log_partition p
           LEFT JOIN log_position g ON g.topic_id = p.topic_id AND g.partition = p.partition AND g.group_name = $1
           WHERE p.topic_id = ANY($2::smallint[]) ORDER BY p.topic_id, p.partition`,
    values: [group, [...byId.keys()]],
  });
  return rows.map((row) => ({
    topic: byId.get(row.topic_id) ?? '',
    partition: row.partition,
    committed: BigInt(row.committed),
    end: BigInt(row.end),
  }));
}

/** Ends of all partitions, by `topic id:partition`. */
export async function loadEnds(pool: Queryable): Promise<{ topicId: number; partition: number; end: bigint }[]> {
  const { rows } = await pool.query<{ topic_id: number; partition: number; next_offset: string }>({
    name: 'log-ends',
    text: 'SELECT topic_id, partition, next_offset FROM log_partition WHERE next_offset > 0',
  });
  return rows.map((row) => ({ topicId: row.topic_id, partition: row.partition, end: BigInt(row.next_offset) }));
}

export type GroupPosition = { group: string; topicId: number; partition: number; committed: bigint };

/** Where these groups are, in every partition that has records. */
export async function loadCommitted(pool: Queryable, groups: readonly string[]): Promise<GroupPosition[]> {
  const { rows } = await pool.query<{ group_name: string; topic_id: number; partition: number; committed: string }>({
    name: 'log-committed',
    text: `SELECT g.group_name, p.topic_id, p.partition, coalesce(l.next_offset, 0) AS committed
           FROM log_partition p CROSS JOIN unnest($1::text[]) AS g (group_name)
           LEFT JOIN log_position l
             ON l.group_name = g.group_name AND l.topic_id = p.topic_id AND l.partition = p.partition
           WHERE p.next_offset > 0`,
    values: [groups],
  });
  return rows.map((row) => ({
    group: row.group_name,
    topicId: row.topic_id,
    partition: row.partition,
    committed: BigInt(row.committed),
  }));
}

export type Move = { group: string; topic: string; partition: number; from: bigint; to: bigint };

/**
 * Moves a group on, unless someone else has moved it: then false. Does not wait for the disk: a crash of Postgres loses the
 * last moves, and some records come again (see `Group.compare`).
 */
export async function commitPosition(
  pool: Queryable,
  topics: Topics,
  { group, topic, partition, from, to }: Move,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'log-commit',
    text: `WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
           INSERT INTO log_position AS held (group_name, topic_id, partition, next_offset)
           SELECT $1::text, $2::smallint, $3::smallint, $5::bigint FROM relaxed
           ON CONFLICT (group_name, topic_id, partition)
           DO UPDATE SET next_offset = excluded.next_offset WHERE held.next_offset = $4::bigint`,
    values: [group, topics.get(topic).id, partition, from, to],
  });
  return rowCount === 1;
}

export async function setPosition(
  pool: Queryable,
  topics: Topics,
  { group, topic, partition, to }: Omit<Move, 'from'>,
): Promise<void> {
  await pool.query(
    `INSERT INTO log_position (group_name, topic_id, partition, next_offset) VALUES ($1, $2, $3, $4)
     ON CONFLICT (group_name, topic_id, partition) DO UPDATE SET next_offset = excluded.next_offset`,
    [group, topics.get(topic).id, partition, to],
  );
}
