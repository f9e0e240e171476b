import { randomUUID } from 'node:crypto';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { findServers } from '../support/servers.ts';
import { dropNamespace } from './event-log-kafka-namespace.ts';
import { TOPIC, topicSpec } from './event-log-records.ts';

const servers = await findServers('kafka');
const brokers = servers?.kafka.brokers ?? [];
const logger = createLogger({ name: 'test', level: 'silent' });

/** What only servers can get wrong: topics that others have changed, brokers that are not there. */
describe.skipIf(servers === null)('topics on Kafka', () => {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  let namespace: string;
  let log: EventLog;

  beforeEach(async () => {
    namespace = `test-${randomUUID().slice(0, 8)}`;
    log = await createKafkaEventLog({ brokers, namespace, clientId: 'test', logger });
    await admin.connect();
    await log.ensureTopics([topicSpec(), topicSpec('other.v1')]);
  });
  afterEach(async () => {
    await log.close();
    await admin.disconnect();
    await dropNamespace(brokers, namespace);
  });

  const set = (topic: string, settings: Record<string, string>) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: `${namespace}.${topic}`,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
  async function settingsOf(topic: string): Promise<Record<string, string>> {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: `${namespace}.${topic}` }],
    });
    return Object.fromEntries(
      (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
    );
  }

  test('are made with their retention, deletion instead of compaction, and dead letters beside them', async () => {
    expect(await settingsOf(TOPIC)).toMatchObject({
      'retention.ms': '3600000',
      'cleanup.policy': 'delete',
      'min.insync.replicas': '1',
    });
    expect((await settingsOf(`${TOPIC}.dlq`))['retention.ms']).toBe(String(30 * 24 * 3_600_000));
  });

  test('that others have changed are refused in one message that names them all', async () => {
    await set(TOPIC, { 'cleanup.policy': 'compact', 'retention.ms': '3600000' });
    await set('other.v1', { 'retention.ms': '1000' });
    const refusal = await log.ensureTopics([topicSpec(), topicSpec('other.v1')]).catch(String);
    expect(refusal).toContain(`${TOPIC} has cleanup.policy=compact`);
    expect(refusal).toContain('other.v1 has retention.ms=1000, and it should be 3600000');
    expect(refusal).toContain('topics ensure --settings');
  });

  test('are set right on demand, and keep what else was set', async () => {
    await set(TOPIC, { 'retention.ms': '1000', 'max.message.bytes': '5000000' });
    await log.ensureTopics([topicSpec()], { setSettings: true });
    expect(await settingsOf(TOPIC)).toMatchObject({ 'retention.ms': '3600000', 'max.message.bytes': '5000000' });
    expect(await log.checkTopics([topicSpec()])).toEqual([]);
  });

  test('whose records are less safe than they should be are told, taken, and set right on demand', async () => {
    await set(TOPIC, { 'retention.ms': '3600000', 'min.insync.replicas': '2' });
    const fault = { topic: TOPIC, about: 'min.insync.replicas', is: '2', should: '1' };
    expect(await log.checkTopics([topicSpec()])).toEqual([fault]);
    await log.ensureTopics([topicSpec()]);
    expect(await log.checkTopics([topicSpec()])).toEqual([fault]);
    await log.ensureTopics([topicSpec()], { setSettings: true });
    expect(await log.checkTopics([topicSpec()])).toEqual([]);
  });

  test('with missing partitions are refused, whatever is set right', async () => {
    const refused = log.ensureTopics([topicSpec(TOPIC, 12)], { setSettings: true });
    await expect(refused).rejects.toThrow(`${TOPIC} has 4 partitions and cannot be given 12`);
  });

  test('can be made by many at once', async () => {
    const logs = await Promise.all(
      [1, 2, 3].map(() => createKafkaEventLog({ brokers, namespace, clientId: 'test', logger })),
    );
    await Promise.all(logs.map((one) => one.ensureTopics([topicSpec('new.v1')])));
    await Promise.all(logs.map((one) => one.publish([{ topic: 'new.v1', key: 'k', value: '{}', headers: {} }])));
    await Promise.all(logs.map((one) => one.close()));
  });

  test('refuse a record that is larger than they take, and say so', async () => {
    const value = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)))
      .toString('base64')
      .repeat(1);
    await set(TOPIC, { 'max.message.bytes': '50000' });
    const small = { topic: TOPIC, key: 'k', value: '{}', headers: {} };
    const results = await Promise.allSettled([
      log.publish([small]),
      log.publish([{ ...small, value }]),
      log.publish([small]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(String((results[1] as PromiseRejectedResult).reason)).toMatch(/larger than Kafka takes/);
  });
});

describe('Kafka that is away', () => {
  test('is named at the start, within seconds', async () => {
    const opening = createKafkaEventLog({ brokers: ['127.0.0.1:1'], namespace: 'test', clientId: 'test', logger });
    await expect(opening).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/127\.0\.0\.1:1/) as string,
    });
  });
});
