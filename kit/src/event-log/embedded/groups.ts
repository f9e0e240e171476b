import type { Pool } from '../../postgres/pool.ts';
import type { EventLog } from '../port.ts';
import { type Group, createGroup } from './group.ts';
import { commitPosition, loadPositions, loadStandings } from './positions.ts';
import type { Topics } from './topics.ts';

/** The consumer groups of this process. */
export type Groups = {
  of(name: string): Group;
  isRunning(name: string): boolean;
  /** To all of them: the partition has records below `end`. */
  advance(topic: string, partition: number, end: bigint): void;
  /** What is read here, by whom. */
  reads(): { group: string; topic: string }[];
  /** To one of them: what is stored of the partition. */
  tell(group: string, topic: string, partition: number, stored: { committed: bigint; end: bigint }): void;
  /** The least offset that a group here has still to read; null if none reads the partition. */
  leastOffset(topic: string, partition: number): bigint | null;
};

export function createGroups(pool: Pool, topics: Topics, log: Pick<EventLog, 'read' | 'publish'>): Groups {
  const groups = new Map<string, Group>();

  function create(name: string): Group {
    const group = createGroup({
      positions: (names) => loadPositions(pool, topics, name, names),
      read: log.read,
      publish: log.publish,
      commit: (move) => commitPosition(pool, topics, { group: name, ...move }),
    });
    groups.set(name, group);
    return group;
  }

  return {
    of: (name) => groups.get(name) ?? create(name),
    isRunning: (name) => groups.get(name)?.isEmpty() === false,
    advance(topic, partition, end) {
      for (const group of groups.values()) group.advance(topic, partition, end);
    },
    reads: () => [...groups].flatMap(([name, group]) => group.topics().map((topic) => ({ group: name, topic }))),
    tell(name, topic, partition, { committed, end }) {
      const group = groups.get(name);
      group?.compare(topic, partition, committed);
      group?.advance(topic, partition, end);
    },
    leastOffset: (topic, partition) =>
      [...groups.values()].reduce<bigint | null>((least, group) => {
        const offset = group.nextOffset(topic, partition);
        return offset === null || (least !== null && least <= offset) ? least : offset;
      }, null),
  };
}

export type PollOptions = { pollMs: number; logger?: { error(facts: object, message: string): void } };

/**
 * Appends of this process wake its groups at once; this is for those of others, for one that fell into a
 * subscription's start, and for moves that a crash of Postgres has lost.
 */
export function pollStandings(pool: Pool, topics: Topics, groups: Groups, { pollMs, logger }: PollOptions): () => void {
  let isPolling = false;
  let isAway = false;

  async function poll(): Promise<void> {
    try {
      const ids = new Map(topics.all().map(({ id, name }) => [name, id]));
      const names = new Map(topics.all().map(({ id, name }) => [id, name]));
      const reads = groups.reads().flatMap(({ group, topic }) => {
        const topicId = ids.get(topic);
        return topicId === undefined ? [] : [{ group, topicId }];
      });
      for (const { group, topicId, partition, ...stored } of await loadStandings(pool, reads))
        groups.tell(group, names.get(topicId) ?? '', partition, stored);
      isAway = false;
    } catch (error) {
      if (!isAway) logger?.error({ err: error }, 'The event log cannot be read; trying again');
      isAway = true;
    }
  }

  const timer = setInterval(() => {
    if (isPolling) return;
    isPolling = true;
    void poll().then(() => (isPolling = false));
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}
