import type { Pool } from '../../postgres/pool.ts';
import { ERASED, isErased } from '../erased-record.ts';
import type { LogRecord } from '../port.ts';
import { readRecords } from './records.ts';
import type { Topics } from './topics.ts';

const STEP = 1000;

/** Partition by partition: deletes what is older than its topic's retention, but nothing at or above `keepFrom` of the partition. */
export async function pruneRecords(
  pool: Pool,
  topics: Topics,
  keepFrom: (topic: string, partition: number) => bigint | null,
): Promise<void> {
  for (const { topic, partition, id, retentionMs } of partitionsOf(topics)) {
    const before = keepFrom(topic, partition);
    let deleted: number | null;
    do {
      ({ rowCount: deleted } = await pool.query(
        `DELETE FROM log_record WHERE topic_id = $1 AND partition = $2 AND record_offset IN (
           SELECT record_offset FROM (
             SELECT record_offset, appended_at FROM log_record
             WHERE topic_id = $1 AND partition = $2 AND ($4::bigint IS NULL OR record_offset < $4)
             ORDER BY record_offset LIMIT ${STEP}
           ) oldest WHERE appended_at < now() - $3::bigint * interval '1 millisecond')`,
        [id, partition, retentionMs, before],
      ));
    } while (deleted === STEP);
  }
}

export type EraseOptions = {
  /** Text in a record's key or value, such as the id of the person to be forgotten. */
  contains: string;
  /** Records to be left as they are although they hold it, such as the event that tells of the erasing. */
  keep?(record: LogRecord): boolean;
};

/** Empties every such record, in the dead-letter topics too. Returns how many. */
export async function eraseRecords(
  pool: Pool,
  topics: Topics,
  { contains, keep = () => false }: EraseOptions,
): Promise<number> {
  let erased = 0;
  for (const { topic, partition, id } of partitionsOf(topics)) {
    const { rows } = await pool.query<{ record_offset: string }>(
      `SELECT record_offset FROM log_record
       WHERE topic_id = $1 AND partition = $2 AND (key = $3 OR strpos(value, $3) > 0)`,
      [id, partition, contains],
    );
    const doomed: string[] = [];
    for (const { record_offset: offset } of rows) {
      const [record] = await readRecords(pool, topics, { topic, partition, fromOffset: BigInt(offset), limit: 1 });
      if (record !== undefined && !isErased(record) && !keep(record)) doomed.push(offset);
    }
    if (doomed.length === 0) continue;
    await pool.query(
      'UPDATE log_record SET value = $4, headers = $5 WHERE topic_id = $1 AND partition = $2 AND record_offset = ANY($3::bigint[])',
      [...[id, partition, doomed], ...[ERASED.value, JSON.stringify(ERASED.headers)]],
    );
    erased += doomed.length;
  }
  return erased;
}

function partitionsOf(topics: Topics): { topic: string; partition: number; id: number; retentionMs: number }[] {
  return topics
    .all()
    .flatMap(({ id, name, partitions, retentionMs }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition, id, retentionMs })),
    );
}
