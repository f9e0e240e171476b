import type { LogRecord, NewRecord, TopicSpec } from './port.ts';

const SUFFIX = '.dlq';
const DAY_MS = 24 * 60 * 60 * 1000;
const RETENTION_MS = 30 * DAY_MS;
const MAX_REASON = 500;
const PREFIX = 'dlq-';

export function deadLetterTopic(topic: string): string {
  return topic.endsWith(SUFFIX) ? topic : topic + SUFFIX;
}

/** The topic of what a topic's consumers could not handle. */
function deadLetterSpec({ name }: TopicSpec): TopicSpec {
  return { name: deadLetterTopic(name), partitions: 1, retentionMs: RETENTION_MS };
}

export function withDeadLetters(specs: readonly TopicSpec[]): TopicSpec[] {
  return specs.flatMap((spec) => [spec, deadLetterSpec(spec)]);
}

/** The record as it goes to its dead-letter topic: key and value as they were, `dlq-*` headers that say where from and why. */
export function toDeadLetter(
  record: LogRecord,
  { group, tries, error }: { group: string; tries: number; error: unknown },
): NewRecord {
  return {
    topic: deadLetterTopic(record.topic),
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      'dlq-topic': record.topic,
      'dlq-partition': String(record.partition),
      'dlq-offset': String(record.offset),
      'dlq-group': group,
      'dlq-tries': String(tries),
      'dlq-error': reasonOf(error),
      'dlq-at': new Date().toISOString(),
    },
  };
}

/** The record as it was before it died, to be published again. */
export function fromDeadLetter(record: LogRecord): NewRecord {
  const headers = Object.fromEntries(Object.entries(record.headers).filter(([name]) => !name.startsWith(PREFIX)));
  const topic = record.headers['dlq-topic'] ?? record.topic.slice(0, -SUFFIX.length);
  return { topic, key: record.key, value: record.value, headers };
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll('\u0000', '').slice(0, MAX_REASON);
}
