import type { EventLog, NewRecord } from '../event-log/port.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { RelayLease } from './relay-lease.ts';

const STEP = 1000;

type Row = {
  seq: string;
  id: string;
  topic: string;
  key: string;
  aggregatetype: string;
  aggregateid: string;
  type: string;
  payload: string;
  headers: Record<string, string>;
};

/** Publishes the oldest unpublished rows and marks them, as long as the lease is held. Returns how many. */
export async function publishBatch(
  { connection, mustBeHeld }: Pick<RelayLease, 'connection' | 'mustBeHeld'>,
  log: Pick<EventLog, 'publish'>,
  limit: number,
): Promise<number> {
  mustBeHeld();
  const { rows } = await connection.query<Row>({
    name: 'outbox-unpublished',
    text: `SELECT seq, id, topic, key, aggregatetype, aggregateid, type, payload::text AS payload, headers
           FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT $1`,
    values: [limit],
  });
  if (rows.length === 0) return 0;
  mustBeHeld();
  await log.publish(rows.map(toRecord));
  await connection.query({
    name: 'outbox-mark',
    text: 'UPDATE outbox SET published_at = now() WHERE seq = ANY($1::bigint[])',
    values: [rows.map(({ seq }) => seq)],
  });
  return rows.length;
}

/** Oldest first, up to so many, so that what was committed meanwhile can be published in between. True if more may be old enough. */
export async function deletePublished(client: Queryable, retentionMs: number): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'outbox-retention',
    text: `DELETE FROM outbox WHERE seq IN (
             SELECT seq FROM (SELECT seq, published_at FROM outbox ORDER BY seq LIMIT ${STEP}) oldest
             WHERE published_at < now() - $1::bigint * interval '1 millisecond')`,
    values: [retentionMs],
  });
  return rowCount === STEP;
}

/** With Debezium's names, so that its router can take the relay's place. */
function toRecord(row: Row): NewRecord {
  return {
    topic: row.topic,
    key: row.key,
    value: row.payload,
    headers: {
      ...row.headers,
      id: row.id,
      type: row.type,
      aggregatetype: row.aggregatetype,
      aggregateid: row.aggregateid,
    },
  };
}
