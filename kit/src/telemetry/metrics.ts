import { collectDefaultMetrics } from 'prom-client';
import { counter, gauge, lookAround, registry, sizes, timer } from './registry.ts';

/**
 * Every metric there is, beside those of Node itself (`process_*`, `nodejs_*`). Names begin with `starling_`, times are in
 * seconds. A label has few values, all of them ours: no ids, no text of anybody's.
 */

// The door. `type` is query, mutation, subscription or unknown; `code` one of the closed list of errors.
export const operations = counter('operations_total', 'Operations answered at the door.', ['type', 'outcome']);
export const operationErrors = counter('operation_errors_total', 'Errors in answers at the door.', ['code']);
export const operationSeconds = timer('operation_seconds', 'Time of a query or mutation at the door.', ['type']);

// Live. `result` is pushed or failed.
export const sockets = gauge('live_sockets', 'Sockets open at the door.');
export const subscriptions = gauge('live_subscriptions', 'Subscriptions open at the door.');
export const liveEvents = counter('live_events_total', 'Events sent to subscribers at the door.', ['result']);
export const messagesPublished = counter('pubsub_published_total', 'Messages published to live channels.');
export const messagesDropped = counter('pubsub_dropped_total', 'Messages lost to listeners that were too slow.');

// Subgraphs, from both ends.
export const fetchSeconds = timer('subgraph_fetch_seconds', 'Time of what the gateway asks a subgraph.', ['subgraph']);
export const fetchFailures = counter(
  'subgraph_fetch_failures_total',
  'What the gateway asked a subgraph and got no data for.',
  ['subgraph'],
);
export const subgraphSeconds = timer('subgraph_seconds', 'Time of an operation inside a subgraph.', ['subgraph']);
export const subgraphErrors = counter('subgraph_errors_total', 'Errors in answers of a subgraph.', [
  'subgraph',
  'code',
]);

// Calls between services. `side` is client or server, `code` is OK or one of the closed list.
export const rpcCalls = counter('rpc_calls_total', 'Calls between services.', ['side', 'method', 'code']);
export const rpcSeconds = timer('rpc_seconds', 'Time of a call between services.', ['side', 'method']);
export const breakerState = gauge('breaker_state', 'State of a breaker: 0 closed, 1 half open, 2 open.', ['breaker']);

// Postgres. `state` is busy or idle.
export const sqlSeconds = timer('sql_seconds', 'Time of a statement.', ['pool']);
export const sqlErrors = counter('sql_errors_total', 'Statements that failed.', ['pool']);
export const poolConnections = gauge('sql_pool_connections', 'Open connections of a pool.', ['pool', 'state']);
export const poolMax = gauge('sql_pool_max_connections', 'Connections that a pool may open.', ['pool']);
export const poolWaiting = gauge('sql_pool_waiting', 'Callers that wait for a connection.', ['pool']);
export const replicaLag = gauge('sql_replica_lag_seconds', 'How far a replica is behind its primary.', ['pool']);

// Redis, caches and limits. `result` is hit or miss.
export const redisSeconds = timer('redis_seconds', 'Time of a command.', ['command']);
export const redisErrors = counter('redis_errors_total', 'Commands that failed.', ['command']);
export const cacheReads = counter('cache_reads_total', 'Keys asked of a cache, by their owner and kind.', [
  'cache',
  'result',
]);
export const rateLimited = counter('rate_limited_total', 'Attempts refused by a limit.', ['limiter']);

// Event log and outboxes.
export const logPublished = counter('log_published_total', 'Records published.', ['topic']);
export const logPublishFailures = counter('log_publish_failures_total', 'Records that could not be published.', [
  'topic',
]);
export const logHandled = counter('log_handled_total', 'Records handled.', ['group', 'topic']);
export const logBatchSeconds = timer('log_batch_seconds', 'Time of a batch in its consumer.', ['group']);
export const logBatchSizes = sizes('log_batch_records', 'Records of a batch.', ['group']);
export const logDelaySeconds = timer('log_delay_seconds', 'From the append of a record until it is handled.', [
  'group',
]);
export const logRetried = counter('log_retried_total', 'Tries of records beyond their first.', ['group', 'topic']);
export const logDead = counter('log_dead_total', 'Records that went to the dead letters.', ['group', 'topic']);
export const logPaused = gauge('log_paused_partitions', 'Partitions here that wait for a dependency.', [
  'group',
  'topic',
]);
export const logLag = gauge('log_lag_records', 'Records that a group has still to handle.', ['group', 'topic']);
export const outboxWaiting = gauge('outbox_waiting_rows', 'Rows of an outbox that are not published.', ['outbox']);
export const outboxAge = gauge('outbox_oldest_seconds', 'Age of the oldest row that is not published.', ['outbox']);

// Timelines. `source` is materialised, built or primary; `result` is right, repaired, late, skipped or failed.
export const timelineReads = counter('timeline_reads_total', 'Reads of home timelines.', ['source']);
export const timelineAudits = counter('timeline_audits_total', 'Timelines held against their stores.', ['result']);
// Timelines that came back with a server of Redis. `outcome` is replayed, afresh or overtaken.
export const timelineRecoveries = counter('timeline_recoveries_total', 'Parts of timelines that came back.', [
  'outcome',
]);
export const timelineReplayedRecords = counter('timeline_replayed_records_total', 'Records pushed to them again.');
export const timelineReplaySeconds = timer('timeline_replay_seconds', 'Time to push them.');
export const fanOutDeliveries = counter(
  'fan_out_deliveries_total',
  'Entries × followers that the fan-out has come by, with a list or without.',
);
export const fanOutSeconds = timer('fan_out_seconds', 'Time to bring a batch of entries to its followers.');
export const deliveryNotesLost = counter('delivery_notes_lost_total', 'Notes of deliveries that could not be kept.');
/** `result` is kept, dropped (no room for it, or no time) or refused. */
export const profileOpens = counter('profile_opens_total', 'Opened profiles, by what became of them.', ['result']);

// Search.
export const searchSeconds = timer('search_seconds', 'Time of a search in an index.', ['index']);
export const searchErrors = counter('search_errors_total', 'Searches and writes of an index that failed.', [
  'index',
  'kind',
]);
export const searchWrites = counter('search_writes_total', 'Changes written to an index.', ['index']);

// The process.
export const ready = gauge('ready', 'Whether the process takes work: 1 or 0.');
export const failingChecks = gauge('failing_check', 'Whether a check of health fails: 1 or 0.', ['check']);
export const spansLost = counter('trace_spans_lost_total', 'Spans that could not be sent to the collector.');
export const lookFailures = counter('look_failures_total', 'Gauges that could not be brought up to date.');

let areDefaultsCollected = false;

/** In Prometheus' text format, as /metrics of every process tells them. */
export async function metricsText(): Promise<string> {
  if (!areDefaultsCollected) collectDefaultMetrics({ register: registry });
  areDefaultsCollected = true;
  await lookAround(() => lookFailures.inc());
  return registry.metrics();
}
