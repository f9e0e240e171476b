/**
 * An append-only log of records in topics, split into partitions by key.
 *
 * Promises of every adapter (tests/conformance/event-log.conformance.ts proves them):
 * - `publish` resolves once the records are durable; records of one key keep their order and share a partition.
 * - Each group sees each record at least once, one partition in order; a group starts at the earliest record.
 * - An offset is committed after `handle` has resolved for its record, never before; after a crash the rest comes again.
 * - Members of one group share the partitions; a member that leaves hands its partitions on.
 * - A handler that throws an error with code UNAVAILABLE (a dependency is away) pauses its partition with backoff for as
 *   long as that lasts and counts as no try. Any other error counts as a try; after `maxTries` the record goes to
 *   `<topic>.dlq` with headers that say why, and the partition goes on. A batch that fails is retried record by record.
 * - A record whose content was erased keeps its place; consumers are not given it (erased-record.ts).
 */
export type EventLog = {
  /**
   * Creates topics (and their dead-letter topics) that are missing; refuses a partition count other than the present one, in one
   * message for all. A log whose topics others can change refuses foreign settings too, unless it is asked to set them right.
   */
  ensureTopics(topics: readonly TopicSpec[], options?: { setSettings?: boolean }): Promise<void>;
  /** How topics (and their dead-letter topics) differ from what they should be. Changes nothing. */
  checkTopics(topics: readonly TopicSpec[]): Promise<TopicFault[]>;
  publish(records: readonly NewRecord[]): Promise<RecordPosition[]>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Records of one partition from an offset on, for replay and inspection. */
  read(options: { topic: string; partition: number; fromOffset: bigint; limit: number }): Promise<LogRecord[]>;
  /** Sets where a group goes on in one partition. The group must have no running member here. */
  seek(options: { group: string; topic: string; partition: number; offset: bigint }): Promise<void>;
  /** Records not yet committed by the group, per topic and partition; nothing of topics that are not there. */
  lag(group: string, topics: readonly string[]): Promise<PartitionLag[]>;
  /** Records of a partition that a group may have handled beyond what it has committed, at most; a batch in hand comes on top. */
  aheadOfCommits: number;
  /** Deletes records older than their topic's retention. */
  prune(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
};

export type TopicSpec = { name: string; partitions: number; retentionMs: number };

export type TopicFault = {
  topic: string;
  about: 'missing' | 'partitions' | 'retention.ms' | 'cleanup.policy' | 'replicas' | 'min.insync.replicas';
  is: string;
  should: string;
};

export type NewRecord = {
  topic: string;
  key: string;
  /** JSON text. */
  value: string;
  headers: Readonly<Record<string, string>>;
};

export type RecordPosition = { partition: number; offset: bigint };

export type LogRecord = NewRecord & RecordPosition & { /** Epoch milliseconds of the append. */ appendedAt: number };

export type SubscribeOptions = {
  group: string;
  topics: readonly string[];
  /** Records of one partition, in order. Resolving commits all of them. */
  handle(batch: readonly LogRecord[]): Promise<void>;
  /** Records a batch, at most. Default 200. */
  maxBatch?: number;
  /** Partitions handled at a time, at most. Default 4. */
  concurrency?: number;
  /** Tries of a record before it is dead. Default 5. */
  maxTries?: number;
  /** Told when a partition pauses, resumes, or a record dies. */
  onIncident?(incident: Incident): void;
};

export type Incident =
  | { kind: 'paused' | 'resumed'; topic: string; partition: number; error?: unknown }
  | { kind: 'retried' | 'dead'; topic: string; partition: number; offset: bigint; error: unknown };

export type Subscription = {
  /** Lets running batches end, commits them, leaves the group. */
  stop(): Promise<void>;
  /** False once the consumer has died beyond restart. */
  isAlive(): boolean;
};

export type PartitionLag = { topic: string; partition: number; committed: bigint; end: bigint };
