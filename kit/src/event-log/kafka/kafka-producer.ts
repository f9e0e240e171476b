import { CompressionTypes, type Producer, type TopicMessages } from 'kafkajs';
import { StarlingError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { RecordPosition } from '../port.ts';
import { CONNECT_WITHIN_MS, METADATA_MAX_AGE_MS, type NewKafka } from './kafka-client.ts';
import { isProducerState, isTooLarge, toLogError } from './kafka-errors.ts';
import { toMessage } from './kafka-record.ts';
import type { Names } from './names.ts';
import type { Parcel } from './send-queue.ts';
import { within } from './within.ts';

export type KafkaProducer = {
  /** Resolves once all replicas that must have the records have them. Rejects with UNAVAILABLE after a bounded time. */
  send(parcels: readonly Parcel[]): Promise<RecordPosition[]>;
  close(): Promise<void>;
};

const ACKNOWLEDGED_WITHIN_MS = 6_000;
const DEADLINE_MS = 30_000;
const RETRY = { retries: 6, initialRetryTime: 100, maxRetryTime: 1500 };
/** Of one send, until every partition is acknowledged. */
const MAX_ROUNDS = 5;
/** Smaller sends only grow by it. */
const COMPRESS_FROM_BYTES = 1_000;

/**
 * An idempotent producer, made anew after every send that failed: whether its records arrived is not known, and kafkajs would give
 * their sequence numbers to the next ones, which a server that has them takes for repetitions and drops.
 */
export function kafkaProducer(newKafka: NewKafka, names: Names, logger: Logger): KafkaProducer {
  let current: Promise<Producer> | null = null;

  function open(): Promise<Producer> {
    const producer = newKafka().producer({
      ...{ idempotent: true, allowAutoTopicCreation: false, retry: RETRY, metadataMaxAge: METADATA_MAX_AGE_MS },
      // Every message says its partition.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    return within(CONNECT_WITHIN_MS, 'answer', producer.connect()).then(
      () => producer,
      async (error: unknown) => {
        void producer
          .disconnect()
          .catch((failure: unknown) => logger.debug({ error: failure }, 'A producer was given up'));
        throw error;
      },
    );
  }

  async function retire(): Promise<void> {
    const retired = current;
    current = null;
    try {
      await (await retired)?.disconnect();
    } catch (error) {
      logger.debug({ error }, 'A producer was given up');
    }
  }

  async function attempt(parcels: readonly Parcel[]): Promise<RecordPosition[]> {
    try {
      current ??= open();
      return await within(DEADLINE_MS, 'acknowledge records', sendAll(await current, parcels, names));
    } catch (error) {
      void retire();
      throw error;
    }
  }

  return {
    async send(parcels) {
      try {
        return await attempt(parcels).catch((error: unknown) => {
          if (!isProducerState(error)) throw error;
          logger.warn({ error }, 'Kafka has lost track of a producer; another one takes its place');
          return attempt(parcels);
        });
      } catch (error) {
        if (isTooLarge(error)) throw new Error(tooLarge(parcels), { cause: error });
        throw toLogError(error, 'take records');
      }
    },
    close: retire,
  };
}

/**
 * After a change of leaders in the middle of a send, kafkajs may call it done although it has left partitions out: whatever has no
 * offset is sent again.
 */
async function sendAll(producer: Producer, parcels: readonly Parcel[], names: Names): Promise<RecordPosition[]> {
  const next = new Map<string, bigint>();
  let left = parcels;
  for (let rounds = 0; left.length > 0; rounds += 1) {
    if (rounds === MAX_ROUNDS) throw new StarlingError('UNAVAILABLE', 'Kafka acknowledges some records and not others');
    const bytes = left.reduce((sum, parcel) => sum + parcel.bytes, 0);
    const acknowledged = await producer.sendBatch({
      acks: -1,
      timeout: ACKNOWLEDGED_WITHIN_MS,
      compression: bytes >= COMPRESS_FROM_BYTES ? CompressionTypes.GZIP : CompressionTypes.None,
      topicMessages: byTopic(left, names),
    });
    for (const { topicName, partition, baseOffset } of acknowledged)
      next.set(`${topicName}/${partition}`, BigInt(baseOffset ?? -1));
    left = left.filter((parcel) => !next.has(placeOf(parcel, names)));
  }
  return parcels.map((parcel) => {
    const place = placeOf(parcel, names);
    const offset = next.get(place) ?? -1n;
    next.set(place, offset + 1n);
    return { partition: parcel.partition, offset };
  });
}

function byTopic(parcels: readonly Parcel[], names: Names): TopicMessages[] {
  const topics = new Map<string, TopicMessages['messages']>();
  for (const { record, partition } of parcels) {
    const messages = topics.get(record.topic) ?? [];
    topics.set(record.topic, messages);
    messages.push(toMessage(record, partition));
  }
  return [...topics].map(([topic, messages]) => ({ topic: names.topic(topic), messages }));
}

function placeOf({ record, partition }: Parcel, names: Names): string {
  return `${names.topic(record.topic)}/${partition}`;
}

function tooLarge(parcels: readonly Parcel[]): string {
  const largest = parcels.reduce((one, other) => (other.bytes > one.bytes ? other : one));
  return `A record of ${largest.record.topic} with ${largest.bytes} bytes is larger than Kafka takes (max.message.bytes)`;
}
