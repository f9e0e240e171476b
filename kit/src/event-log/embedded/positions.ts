import type { Queryable } from '../../postgres/pool.ts';
import type { PartitionLag } from '../port.ts';
import type { Topics } from './topics.ts';

/** Where a group is and where the log ends, for every partition of those of the topics that are there. */
export async function loadPositions(
  pool: Queryable,
  topics: Topics,
  group: string,
  names: readonly string[],
): Promise<PartitionLag[]> {
  const byId = new Map(topics.all().flatMap(({ id, name }) => (names.includes(name) ? [[id, name]] : [])));
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

export type Standing = { group: string; topicId: number; partition: number; committed: bigint; end: bigint };

/** Where groups are and where the log ends, in every partition with records of what they read. */
export async function loadStandings(
  pool: Queryable,
  reads: readonly { group: string; topicId: number }[],
): Promise<Standing[]> {
  type Row = { group_name: string; topic_id: number; partition: number; committed: string; end: string };
  const { rows } = await pool.query<Row>({
    name: 'log-standings',
    text: `SELECT r.group_name, p.topic_id, p.partition, p.next_offset AS "end", coalesce(g.next_offset, 0) AS committed
           FROM unnest($1::text[], $2::smallint[]) AS r (group_name, topic_id)
           JOIN log_partition p ON p.topic_id = r.topic_id
           LEFT JOIN log_position g
             ON g.group_name = r.group_name AND g.topic_id = p.topic_id AND g.partition = p.partition
           WHERE p.next_offset > 0`,
    values: [reads.map(({ group }) => group), reads.map(({ topicId }) => topicId)],
  });
  return rows.map((row) => ({
    group: row.group_name,
    topicId: row.topic_id,
    partition: row.partition,
    committed: BigInt(row.committed),
    end: BigInt(row.end),
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
