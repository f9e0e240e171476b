import { Kafka, logLevel } from 'kafkajs';

/** Deletes all topics and groups of a namespace. */
export async function dropNamespace(brokers: readonly string[], namespace: string): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], clientId: 'drop', logLevel: logLevel.NOTHING }).admin();
  const isOurs = (name: string) => name.startsWith(`${namespace}.`);
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter(isOurs);
    if (topics.length > 0) await admin.deleteTopics({ topics });
    const { groups } = await admin.listGroups();
    const own = groups.map(({ groupId }) => groupId).filter(isOurs);
    if (own.length > 0) await admin.deleteGroups(own);
  } finally {
    await admin.disconnect();
  }
}
