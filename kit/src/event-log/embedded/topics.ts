import type { Pool } from '../../postgres/pool.ts';
import { withDeadLetters } from '../dead-letter.ts';
import type { TopicFault, TopicSpec } from '../port.ts';
import { faultsOf } from '../topic-faults.ts';

export type TopicRow = { id: number; name: string; partitions: number; retentionMs: number };

/** The topics that exist, known by heart: they are never deleted, and their partitions never change. */
export type Topics = {
  ensure(specs: readonly TopicSpec[]): Promise<void>;
  check(specs: readonly TopicSpec[]): TopicFault[];
  /** Throws for a topic that does not exist. */
  get(name: string): TopicRow;
  all(): TopicRow[];
};

export async function openTopics(pool: Pool): Promise<Topics> {
  const byName = new Map<string, TopicRow>();

  async function load(): Promise<void> {
    const { rows } = await pool.query<{ id: number; name: string; partitions: number; retention_ms: string }>(
      'SELECT id, name, partitions, retention_ms FROM log_topic',
    );
    for (const { retention_ms: retention, ...row } of rows)
      byName.set(row.name, { ...row, retentionMs: Number(retention) });
  }

  await load();
  return {
    async ensure(specs) {
      for (const spec of withDeadLetters(specs)) await createTopic(pool, spec);
      await load();
    },
    check: (specs) =>
      withDeadLetters(specs).flatMap((spec) => {
        const held = byName.get(spec.name);
        return faultsOf(spec, held === undefined ? null : { ...held, replicas: 1, cleanup: 'delete', inSync: null }, 1);
      }),
    get(name) {
      const topic = byName.get(name);
      if (topic === undefined) throw new Error(`The event log has no topic ${name}`);
      return topic;
    },
    all: () => [...byName.values()],
  };
}

async function createTopic(pool: Pool, { name, partitions, retentionMs }: TopicSpec): Promise<void> {
  const { rows } = await pool.query<{ id: number; partitions: number }>(
    `INSERT INTO log_topic (name, partitions, retention_ms) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET retention_ms = excluded.retention_ms
     RETURNING id, partitions`,
    [name, partitions, retentionMs],
  );
  const topic = rows[0];
  if (topic === undefined || topic.partitions !== partitions) {
    throw new Error(
      `Topic ${name} has ${topic?.partitions} partitions and cannot be given ${partitions}: keys would change their place`,
    );
  }
  await pool.query(
    `INSERT INTO log_partition (topic_id, partition) SELECT $1, generate_series(0, $2::int - 1) ON CONFLICT DO NOTHING`,
    [topic.id, partitions],
  );
}
