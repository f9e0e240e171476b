import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, type DeleteGroupsResult, Kafka, logLevel } from 'kafkajs';

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
    if (own.length > 0) await deleteGroups(admin, own);
  } finally {
    await admin.disconnect();
  }
}

const NON_EMPTY_GROUP = 68;
/** A member that could not say that it leaves is one until its session ends. */
const EMPTY_WITHIN_MS = 30_000;

async function deleteGroups(admin: Admin, groupIds: string[]): Promise<void> {
  const giveUpAt = Date.now() + EMPTY_WITHIN_MS;
  for (let left = groupIds; ;) {
    try {
      return void (await admin.deleteGroups(left));
    } catch (error) {
      const { groups: refused = [] } = error as { groups?: DeleteGroupsResult[] };
      const areInUse = refused.length > 0 && refused.every(({ errorCode }) => errorCode === NON_EMPTY_GROUP);
      if (!areInUse || Date.now() > giveUpAt) throw error;
      left = refused.map(({ groupId }) => groupId);
    }
    await delay(500);
  }
}
