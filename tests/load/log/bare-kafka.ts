import { CompressionTypes, Kafka, logLevel } from 'kafkajs';

/** The least that does the same work with the same promises: kafkajs with nothing around it. */
export type BareKafka = {
  publish(topic: string, records: readonly { key: string; value: string }[]): Promise<void>;
  /** Reads a topic from its start in a group of its own; `onRecords` hears of each batch. */
  read(topic: string, group: string, onRecords: (values: string[]) => void): Promise<{ stop(): Promise<void> }>;
  close(): Promise<void>;
};

export async function openBareKafka(brokers: readonly string[], concurrency: number): Promise<BareKafka> {
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'bare', logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent: true, createPartitioner });
  await producer.connect();
  return {
    async publish(topic, records) {
      await producer.send({ topic, acks: -1, compression: CompressionTypes.GZIP, messages: [...records] });
    },
    async read(topic, groupId, onRecords) {
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 250 });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        partitionsConsumedConcurrently: concurrency,
        eachBatch: async ({ batch }) => onRecords(batch.messages.map(({ value }) => value?.toString() ?? '')),
      });
      return { stop: () => consumer.disconnect() };
    },
    close: () => producer.disconnect(),
  };
}

/** Whatever it is given for its key; cheap. */
function createPartitioner() {
  return ({ partitionMetadata, message }: { partitionMetadata: unknown[]; message: { key?: unknown } }): number =>
    Number(String(message.key).slice(1)) % partitionMetadata.length;
}
