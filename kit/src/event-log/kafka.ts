import type { Logger } from '../logger.ts';
import { AHEAD } from './kafka/commits.ts';
import { connectAdmin } from './kafka/kafka-admin.ts';
import { type KafkaServers, kafkaClients } from './kafka/kafka-client.ts';
import { kafkaGroups } from './kafka/kafka-groups.ts';
import { kafkaPositions } from './kafka/kafka-positions.ts';
import { kafkaProducer } from './kafka/kafka-producer.ts';
import { commitAlone, readSpan } from './kafka/kafka-read.ts';
import { bytesOf } from './kafka/kafka-record.ts';
import { type KafkaTopics, kafkaTopics } from './kafka/kafka-topics.ts';
import { createNames } from './kafka/names.ts';
import { type Parcel, createSendQueue } from './kafka/send-queue.ts';
import { TIMING, type Timing } from './kafka/timing.ts';
import { partitionOf } from './partition-of.ts';
import type { EventLog, NewRecord } from './port.ts';

export type KafkaEventLogOptions = KafkaServers & {
  /** Before the names of topics and groups, so that several installations share servers. */
  namespace: string;
  /** Replicas of topics that are created here. Default 1. */
  replicationFactor?: number | undefined;
  timing?: Partial<Timing>;
  logger: Logger;
};

const PING_WITHIN_MS = 3_000;

/**
 * The event log on Kafka. Rejects if no broker can be reached. Members of a group share its partitions over all processes; the
 * topics' retention alone deletes records.
 */
export async function createKafkaEventLog(options: KafkaEventLogOptions): Promise<EventLog> {
  const { namespace, replicationFactor = 1, logger } = options;
  const names = createNames(namespace);
  const newKafka = kafkaClients(options, logger);
  const admin = await connectAdmin(newKafka);
  const topics = kafkaTopics({ admin, names, replicationFactor, logger });
  const positions = kafkaPositions(admin, names);
  const producer = kafkaProducer(newKafka, names, logger);
  const send = createSendQueue(producer.send);
  const publish: EventLog['publish'] = async (records) =>
    records.length === 0 ? [] : send(await addressed(records, topics));
  const timing = { ...TIMING, ...options.timing };
  const groups = kafkaGroups({ newKafka, names, timing, topics, positions, publish, logger });

  return {
    ensureTopics: topics.ensure,
    checkTopics: topics.check,
    publish,
    subscribe: groups.join,
    async read({ topic, partition, fromOffset, limit }) {
      await topics.partitions(topic);
      const { low, high } = (await positions.bounds(topic)).get(partition) ?? { low: 0n, high: 0n };
      const from = fromOffset < low ? low : fromOffset;
      return from >= high ? [] : readSpan(newKafka, names, { topic, partition, from, end: high, limit });
    },
    async seek({ group, topic, partition, offset }) {
      const described = await admin.ask('describe groups', (asked) => asked.describeGroups([names.group(group)]));
      if (groups.isRunning(group) || (described.groups[0]?.members.length ?? 0) > 0)
        throw new Error(`Group ${group} is running: stop its members before a seek`);
      await commitAlone(newKafka, names, { group, topic, partition, offset });
    },
    lag: positions.of,
    aheadOfCommits: AHEAD,
    async prune() {
      // Kafka deletes by itself what is older than its topic's retention, whether it has been read or not.
    },
    ping: () =>
      admin.ask('answer', async (asked) => void (await asked.describeCluster()), { withinMs: PING_WITHIN_MS }),
    async close() {
      await groups.stop();
      await producer.close();
      await admin.close();
    },
  };
}

/** Each with its partition. Throws for a topic that does not exist. */
async function addressed(records: readonly NewRecord[], topics: KafkaTopics): Promise<Parcel[]> {
  const counts = new Map<string, number>();
  for (const { topic } of records) if (!counts.has(topic)) counts.set(topic, await topics.partitions(topic));
  return records.map((record) => ({
    record,
    partition: partitionOf(record.key, counts.get(record.topic) ?? 1),
    bytes: bytesOf(record),
  }));
}
