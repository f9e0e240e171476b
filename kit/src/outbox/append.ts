import { randomUUID } from 'node:crypto';
import type { Queryable } from '../postgres/pool.ts';
import { inSpan, traceHeaders } from '../telemetry/tracing.ts';
import type { OutboxEvent } from './port.ts';

/**
 * Puts events into the outbox, in the transaction of the fact that they tell of: `client` is that of `withTransaction`.
 * After it, `notify()` the database's commit signal, so that the relay need not wait for its next poll.
 *
 * Every database with facts has this table (and an index on seq of the unpublished rows):
 * `outbox (seq BIGSERIAL PRIMARY KEY, id UUID UNIQUE, topic, key, aggregatetype, aggregateid, type TEXT, payload JSONB,
 * headers JSONB DEFAULT '{}', created_at TIMESTAMPTZ DEFAULT now(), published_at TIMESTAMPTZ NULL)`.
 * `id` is the payload's `eventId`, or a new UUID if it has none; `headers` travel with every record, such as `requestId`; so does the trace that this is
 * called in.
 */
export async function appendToOutbox(
  client: Queryable,
  events: readonly OutboxEvent[],
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (events.length === 0) return;
  await inSpan('append to outbox', { 'messaging.batch.message_count': events.length }, () =>
    client.query(insertion(events, { ...headers, ...traceHeaders() })),
  );
}

function insertion(events: readonly OutboxEvent[], headers: Readonly<Record<string, string>>) {
  return {
    name: 'outbox-append',
    text: `INSERT INTO outbox (id, topic, key, aggregatetype, aggregateid, type, payload, headers)
           SELECT id, topic, key, aggregatetype, aggregateid, type, payload, $2
           FROM ROWS FROM (json_to_recordset($1) AS (
             id uuid, topic text, key text, aggregatetype text, aggregateid text, type text, payload jsonb
           )) WITH ORDINALITY AS event (id, topic, key, aggregatetype, aggregateid, type, payload, position)
           ORDER BY position`,
    values: [JSON.stringify(events.map(toRow)), JSON.stringify(headers)],
  };
}

/** One JSON text for all rows: as arrays, every quote of every payload would be escaped once more, in JavaScript. */
function toRow({ topic, key, aggregateType, aggregateId, type, payload }: OutboxEvent): Record<string, unknown> {
  const id = typeof payload['eventId'] === 'string' ? payload['eventId'] : randomUUID();
  return { id, topic, key, aggregatetype: aggregateType, aggregateid: aggregateId, type, payload };
}
