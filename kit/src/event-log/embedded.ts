import { fileURLToPath } from 'node:url';
import { applyMigrations } from '../postgres/migrations.ts';
import type { Pool } from '../postgres/pool.ts';
import { createAppendQueue } from './embedded/append-queue.ts';
import { type Group, createGroup } from './embedded/group.ts';
import { commitPosition, loadEnds, loadPositions, setPosition } from './embedded/positions.ts';
import { appendRecords, readRecords } from './embedded/records.ts';
import { type EraseOptions, eraseRecords, pruneRecords } from './embedded/retention.ts';
import { type Topics, openTopics } from './embedded/topics.ts';
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
export async function createEmbeddedEventLog({ pool, logger, pollMs = 1000 }: EmbeddedEventLogOptions): Promise<EmbeddedEventLog> {
  await applyMigrations(pool, MIGRATIONS);
  const topics = await openTopics(pool);
  const groups = new Map<string, Group>();
  const subscriptions = new Set<Subscription>();
  const append = createAppendQueue((records) => appendRecords(pool, topics, records));

  const publish: EventLog['publish'] = async (records) => {
    if (records.length === 0) return [];
    for (const { topic } of records) topics.get(topic);
    const positions = await append(records);
    for (const [index, { partition, offset }] of positions.entries()) {
      const topic = records[index]?.topic ?? '';
      for (const group of groups.values()) group.advance(topic, partition, offset + 1n);
    }
    return positions;
  };
  const read: EventLog['read'] = (options) => readRecords(pool, topics, options);

  function groupOf(name: string): Group {
    const group =
      groups.get(name) ??
      createGroup(name, {
        positions: (names) => loadPositions(pool, topics, name, names),
        read,
        publish,
        commit: (move) => commitPosition(pool, topics, { group: name, ...move }),
      });
    groups.set(name, group);
    return group;
  }

  const stopPolling = pollEnds(pool, topics, groups, pollMs, logger);
  return {
    ensureTopics: (specs) => topics.ensure(specs),
    publish,
    async subscribe(options) {
      const member = await groupOf(options.group).join(options);
      const subscription = { ...member, stop: () => member.stop().then(() => void subscriptions.delete(subscription)) };
      subscriptions.add(subscription);
      return subscription;
    },
    read,
    async seek({ group, topic, partition, offset }) {
      if (groups.get(group)?.isEmpty() === false) throw new Error(`Group ${group} is running: stop its members before a seek`);
      await setPosition(pool, topics, { group, topic, partition, to: offset });
    },
    lag: (group, names) => loadPositions(pool, topics, group, names),
    prune: () => pruneRecords(pool, topics, (topic, partition) => lowest([...groups.values()].map((group) => group.nextOffset(topic, partition)))),
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

/** Appends of this process wake its groups at once; this is for those of others, and for a group that was joined in between. */
function pollEnds(pool: Pool, topics: Topics, groups: ReadonlyMap<string, Group>, pollMs: number, logger: EmbeddedEventLogOptions['logger']): () => void {
  let isPolling = false;
  let isAway = false;
  async function poll(): Promise<void> {
    const names = new Map(topics.all().map(({ id, name }) => [id, name]));
    for (const { topicId, partition, end } of await loadEnds(pool)) {
      for (const group of groups.values()) group.advance(names.get(topicId) ?? '', partition, end);
    }
  }
  const timer = setInterval(() => {
    if (isPolling || [...groups.values()].every((group) => group.isEmpty())) return;
    isPolling = true;
    poll()
      .then(() => (isAway = false))
      .catch((error: unknown) => {
        if (!isAway) logger?.error({ err: error }, 'The event log cannot be read; trying again');
        isAway = true;
      })
      .finally(() => (isPolling = false));
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}

function lowest(offsets: readonly (bigint | null)[]): bigint | null {
  return offsets.reduce((least, offset) => (offset === null || (least !== null && least <= offset) ? least : offset), null);
}
