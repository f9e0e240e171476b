import { fileURLToPath } from 'node:url';
import { applyMigrations } from '../postgres/migrations.ts';
import type { Pool } from '../postgres/pool.ts';
import { createAppendQueue } from './embedded/append-queue.ts';
import { createGroups, pollStandings } from './embedded/groups.ts';
import { loadPositions, setPosition } from './embedded/positions.ts';
import { appendRecords, readRecords } from './embedded/records.ts';
import { type EraseOptions, eraseRecords, pruneRecords } from './embedded/retention.ts';
import { openTopics } from './embedded/topics.ts';
import type { EventLog, Subscription } from './port.ts';

/** Beyond the port: what a log in a database of our own can do and Kafka cannot. */
export type EmbeddedEventLog = EventLog & {
  /**
   * Empties the records of all topics, dead letters included, that hold a text: their place stays, `read` shows them
   * with an empty value and the header `erased`, and consumers are not given them. A group that has not come to such a
   * record yet will miss it, so the event that tells of the erasing must make up for it (and be kept).
   * In Kafka the topics' retention bounds what this does at once.
   */
  erase(options: EraseOptions): Promise<number>;
};

export type EmbeddedEventLogOptions = {
  /** A database of its own; its tables are made here. At least 4 connections. Stays open at `close`. */
  pool: Pool;
  logger?: { error(facts: object, message: string): void };
  /** How often to look for what other processes have appended. Default 1000. */
  pollMs?: number;
};

const MIGRATIONS = fileURLToPath(new URL('./embedded/migrations', import.meta.url));

/**
 * The event log in Postgres, for one process: groups share partitions among their members in this process, and a second process
 * in the same group does no harm but double work. `prune` spares what a group that runs here has still to read.
 */
export async function createEmbeddedEventLog({
  pool,
  logger,
  pollMs = 1000,
}: EmbeddedEventLogOptions): Promise<EmbeddedEventLog> {
  await applyMigrations(pool, MIGRATIONS);
  const topics = await openTopics(pool);
  const append = createAppendQueue((records) => appendRecords(pool, topics, records));
  const read: EventLog['read'] = (options) => readRecords(pool, topics, options);
  const publish: EventLog['publish'] = async (records) => {
    if (records.length === 0) return [];
    for (const { topic } of records) topics.get(topic);
    const positions = await append(records);
    for (const [index, { partition, offset }] of positions.entries()) {
      groups.advance(records[index]?.topic ?? '', partition, offset + 1n);
    }
    return positions;
  };
  const groups = createGroups(pool, topics, { read, publish });
  const subscriptions = new Set<Subscription>();
  const stopPolling = pollStandings(pool, topics, groups, { pollMs, logger });

  return {
    ensureTopics: (specs) => topics.ensure(specs),
    checkTopics: async (specs) => topics.check(specs),
    publish,
    async subscribe(options) {
      const member = await groups.of(options.group).join(options);
      const subscription = { ...member, stop: () => member.stop().then(() => void subscriptions.delete(subscription)) };
      subscriptions.add(subscription);
      return subscription;
    },
    read,
    async seek({ group, topic, partition, offset }) {
      if (groups.isRunning(group)) throw new Error(`Group ${group} is running: stop its members before a seek`);
      await setPosition(pool, topics, { group, topic, partition, to: offset });
    },
    lag: (group, names) => loadPositions(pool, topics, group, names),
    aheadOfCommits: 0,
    prune: () => pruneRecords(pool, topics, groups.leastOffset),
    erase: (options) => eraseRecords(pool, topics, options),
    async ping() {
      await pool.query('SELECT 1');
    },
    async close() {
      stopPolling();
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    },
  };
}
