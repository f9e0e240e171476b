import type { PartitionLag } from '../port.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import type { Names } from './names.ts';

export type KafkaPositions = {
  /** Where a group stands in every partition of topics. Before it has committed, that is the earliest record there is. */
  of(group: string, topics: readonly string[]): Promise<PartitionLag[]>;
  /** The earliest offset of a partition, and the end up to which records can be read. */
  bounds(topic: string): Promise<ReadonlyMap<number, { low: bigint; high: bigint }>>;
};

export function kafkaPositions(admin: KafkaAdmin, names: Names): KafkaPositions {
  const bounds: KafkaPositions['bounds'] = async (topic) => {
    const offsets = await admin.ask('tell its offsets', (asked) => asked.fetchTopicOffsets(names.topic(topic)));
    return new Map(
      offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }] as const),
    );
  };
  return {
    bounds,
    async of(group, topics) {
      // Committed first: a group that is moved on between the two questions never seems to be beyond the end.
      const committed = await admin.ask('tell its offsets', (asked) =>
        asked.fetchOffsets({ groupId: names.group(group), topics: topics.map(names.topic) }),
      );
      const ends = new Map(await Promise.all(topics.map(async (topic) => [topic, await bounds(topic)] as const)));
      return committed.flatMap(({ topic: name, partitions }) => {
        const topic = names.bare(name);
        return partitions.map(({ partition, offset }) => {
          const { low, high } = ends.get(topic)?.get(partition) ?? { low: 0n, high: 0n };
          return { topic, partition, committed: positionOf(BigInt(offset), low, high), end: high };
        });
      });
    },
  };
}

/** Negative offsets mean none; what lies below has been deleted; what lies beyond the end was in a log that is no more. */
function positionOf(committed: bigint, low: bigint, high: bigint): bigint {
  return committed < low || committed > high ? low : committed;
}
