import { Kafka, logLevel } from 'kafkajs';

/** Rejects unless Kafka answers for its metadata, by its own protocol, and all brokers are in it. */
export async function checkKafka(brokers: readonly string[], expected = brokers.length): Promise<void> {
  const kafka = new Kafka({
    clientId: 'starling-servers',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5000,
    requestTimeout: 5000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers: present, controller } = await admin.describeCluster();
    if (present.length < expected) throw new Error(`${present.length} of ${expected} Kafka brokers are there`);
    if (controller === null) throw new Error('Kafka has no controller');
  } finally {
    await admin.disconnect();
  }
}
