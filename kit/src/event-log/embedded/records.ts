import type { Queryable } from '../../postgres/pool.ts';
import type { LogRecord, NewRecord, RecordPosition } from '../port.ts';
import { partitionOf } from '../partition-of.ts';
import type { Topics } from './topics.ts';

/** Locks the partitions in a fixed order, takes their next offsets and inserts, all in one statement. */
const APPEND = {
  name: 'log-append',
  text: `
    WITH input AS MATERIALIZED (
      SELECT topic_id, partition, key, value, headers, position,
             row_number() OVER (PARTITION BY topic_id, partition ORDER BY position) - 1 AS nth
      FROM ROWS FROM (json_to_recordset($1) AS (
        topic_id smallint, partition smallint, key text, value text, headers text
      )) WITH ORDINALITY AS record (topic_id, partition, key, value, headers, position)
    ), counts AS MATERIALIZED (
      SELECT topic_id, partition, count(*) AS added FROM input GROUP BY topic_id, partition
    ), locked AS MATERIALIZED (
      SELECT p.topic_id, p.partition, p.next_offset FROM log_partition p
      WHERE (p.topic_id, p.partition) IN (SELECT topic_id, partition FROM counts)
      ORDER BY p.topic_id, p.partition FOR UPDATE
    ), moved AS (
      UPDATE log_partition p SET next_offset = locked.next_offset + counts.added
      FROM locked JOIN counts USING (topic_id, partition)
      WHERE p.topic_id = locked.topic_id AND p.partition = locked.partition
    ), placed AS MATERIALIZED (
      SELECT input.*, locked.next_offset + nth AS record_offset FROM input JOIN locked USING (topic_id, partition)
    ), inserted AS (
      INSERT INTO log_record (topic_id, partition, record_offset, key, value, headers)
      SELECT topic_id, partition, record_offset, key, value, headers FROM placed ORDER BY topic_id, partition, record_offset
    )
    SELECT partition, record_offset FROM placed ORDER BY position`,
};

/** Resolves once the records are on disk. */
export async function appendRecords(
  pool: Queryable,
  topics: Topics,
  records: readonly NewRecord[],
): Promise<RecordPosition[]> {
  // One JSON text for all rows: as arrays, every quote of every value would be escaped in JavaScript, which takes longer than all else.
  const added = records.map(({ topic, key, value, headers }) => {
    const { id, partitions } = topics.get(topic);
    return { topic_id: id, partition: partitionOf(key, partitions), key, value, headers: JSON.stringify(headers) };
  });
  const { rows } = await pool.query<{ partition: number; record_offset: string }>({
    ...APPEND,
    values: [JSON.stringify(added)],
  });
  return rows.map((row) => ({ partition: row.partition, offset: BigInt(row.record_offset) }));
}

export type ReadOptions = { topic: string; partition: number; fromOffset: bigint; limit: number };

type Row = { record_offset: string; key: string; value: string; headers: string; appended_at: Date };

export async function readRecords(
  pool: Queryable,
  topics: Topics,
  { topic, partition, fromOffset, limit }: ReadOptions,
): Promise<LogRecord[]> {
  const { rows } = await pool.query<Row>({
    name: 'log-read',
    text: `SELECT record_offset, key, value, headers, appended_at FROM log_record
           WHERE topic_id = $1 AND partition = $2 AND record_offset >= $3 ORDER BY record_offset LIMIT $4`,
    values: [topics.get(topic).id, partition, fromOffset, limit],
  });
  return rows.map((row) => ({
    topic,
    partition,
    offset: BigInt(row.record_offset),
    key: row.key,
    value: row.value,
    headers: JSON.parse(row.headers) as Record<string, string>,
    appendedAt: row.appended_at.getTime(),
  }));
}
