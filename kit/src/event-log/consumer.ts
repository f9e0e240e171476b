import type { LogRecord } from './port.ts';

/**
 * A consumer group's work: an idempotent function over a batch of one partition. The worker binds it to the log.
 * It may see a record again, and after a replay an old one: it drops what is older than what it applied.
 */
export type Consumer = {
  group: string;
  topics: readonly string[];
  handle(batch: readonly LogRecord[]): Promise<void>;
  maxBatch?: number;
  concurrency?: number;
};
