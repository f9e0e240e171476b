import type { Pool } from 'pg';

/** An event as a store hands it to its outbox, inside the transaction of the fact it tells of. */
export type OutboxEvent = {
  topic: string;
  /** The record's key. */
  key: string;
  /** Debezium's columns: what kind of thing changed, which one, and how. */
  aggregateType: string;
  aggregateId: string;
  type: string;
  /** The event as its topic's contract gives it, envelope included. */
  payload: Readonly<Record<string, unknown>>;
};

/** A database with an outbox, for the relay. */
export type OutboxSource = {
  /** Name of the owner, for logs and the lease. */
  name: string;
  pool: Pool;
  /**
   * Calls back soon after a transaction with outbox rows may have committed in this process; returns the way to stop that.
   * As long as nobody listens here, commits are announced to the relays of other processes.
   */
  onCommit(listener: () => void): () => void;
};
