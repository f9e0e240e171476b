import type { Admin, ITopicMetadata } from 'kafkajs';
import type { Logger } from '../../logger.ts';
import { ConfigResourceTypes, ConfigSource } from './kafka-library.ts';
import { withDeadLetters } from '../dead-letter.ts';
import type { TopicFault, TopicSpec } from '../port.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import { isUnknownTopic } from './kafka-errors.ts';
import type { Names } from './names.ts';
import { type PresentTopic, faultsOf, isRefused, quorumOf, refusalOf } from '../topic-faults.ts';

export type KafkaTopics = {
  ensure(specs: readonly TopicSpec[], options?: { setSettings?: boolean }): Promise<void>;
  check(specs: readonly TopicSpec[]): Promise<TopicFault[]>;
  /** How many partitions it has; asked once, for that never changes. Throws for a topic that does not exist. */
  partitions(name: string): Promise<number>;
};

type Deps = { admin: KafkaAdmin; names: Names; replicationFactor: number; logger: Logger };

const CREATE_WITHIN_MS = 30_000;
/** A busy broker takes seconds until it leads what it has created. */
const SEE_TRIES = 30;

export function kafkaTopics({ admin, names, replicationFactor, logger }: Deps): KafkaTopics {
  const known = new Map<string, number>();

  const look = (specs: readonly TopicSpec[]) =>
    admin.ask('describe topics', async (asked) => {
      const found = await describe(
        asked,
        specs.map(({ name }) => names.topic(name)),
      );
      return specs.map((spec) => ({ spec, present: found.get(names.topic(spec.name)) ?? null }));
    });
  const faults = async (specs: readonly TopicSpec[]) =>
    (await look(withDeadLetters(specs))).flatMap(({ spec, present }) => faultsOf(spec, present, replicationFactor));

  async function create(specs: readonly TopicSpec[]): Promise<void> {
    const topics = specs.map((spec) => ({ topic: names.topic(spec.name), ...creationOf(spec, replicationFactor) }));
    await admin.ask('create topics', (asked) => asked.createTopics({ topics, timeout: CREATE_WITHIN_MS }), {
      withinMs: 2 * CREATE_WITHIN_MS,
    });
    // Every broker must have heard of them, or whoever asks one that has not is told that they do not exist.
    for (const { topic } of topics)
      await admin.ask(`see topic ${topic}`, async (asked) => void (await asked.fetchTopicOffsets(topic)), {
        withinMs: CREATE_WITHIN_MS,
        tries: SEE_TRIES,
      });
  }

  return {
    check: faults,
    async ensure(specs, { setSettings = false } = {}) {
      const seen = await look(withDeadLetters(specs));
      const missing = seen.flatMap(({ spec, present }) => (present === null ? [spec] : []));
      const wrong = seen.flatMap(({ spec, present }) => (present ? faultsOf(spec, present, replicationFactor) : []));
      const cured = (fault: TopicFault) => setSettings && isSetting(fault);
      const refused = wrong.filter((fault) => isRefused(fault) && !cured(fault));
      if (refused.length > 0) throw new Error(refusalOf(refused));
      if (missing.length > 0) await create(missing);
      const toSet = new Set(wrong.filter(cured).map(({ topic }) => topic));
      for (const { spec, present } of seen)
        if (present !== null && toSet.has(spec.name))
          await admin.ask('change topics', (asked) =>
            change(asked, names.topic(spec.name), settingsOf(spec.retentionMs, present.replicas)),
          );
      for (const { topic, about, is, should } of wrong.filter((fault) => !cured(fault)))
        logger.warn({ topic, about, is, should }, 'Records of a topic are less safe than they should be');
    },
    async partitions(name) {
      const held = known.get(name);
      if (held !== undefined) return held;
      const found = await admin.ask('describe topics', (asked) => metadataOf(asked, names.topic(name)));
      if (found === null) throw new Error(`The event log has no topic ${name}`);
      known.set(name, found.partitions.length);
      return found.partitions.length;
    },
  };
}

function isSetting({ about }: TopicFault): boolean {
  return about === 'retention.ms' || about === 'cleanup.policy' || about === 'min.insync.replicas';
}

function creationOf({ partitions, retentionMs }: TopicSpec, replicationFactor: number) {
  return {
    numPartitions: partitions,
    replicationFactor,
    configEntries: Object.entries(settingsOf(retentionMs, replicationFactor)).map(([name, value]) => ({ name, value })),
  };
}

function settingsOf(retentionMs: number, replicas: number): Record<string, string> {
  return {
    'retention.ms': String(retentionMs),
    'cleanup.policy': 'delete',
    'min.insync.replicas': String(quorumOf(replicas)),
  };
}

/** Null for a topic that does not exist. */
async function metadataOf(admin: Admin, topic: string): Promise<ITopicMetadata | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic) ?? null;
  } catch (error) {
    if (isUnknownTopic(error)) return null;
    throw error;
  }
}

async function describe(admin: Admin, topics: readonly string[]): Promise<Map<string, PresentTopic>> {
  const found = (await Promise.all(topics.map((topic) => metadataOf(admin, topic)))).filter((one) => one !== null);
  if (found.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: found.map(({ name }) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configNames: ['retention.ms', 'cleanup.policy', 'min.insync.replicas'],
    })),
  });
  const settings = new Map(resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]));
  return new Map(
    found.map(({ name, partitions }) => {
      const valueOf = (key: string) => settings.get(name)?.find(({ configName }) => configName === key)?.configValue;
      const retention = valueOf('retention.ms');
      const inSync = valueOf('min.insync.replicas');
      return [
        name,
        {
          partitions: partitions.length,
          replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
          retentionMs: retention === undefined ? null : Number(retention),
          cleanup: valueOf('cleanup.policy') ?? null,
          inSync: inSync === undefined ? null : Number(inSync),
        },
      ];
    }),
  );
}

/** Kafka's order replaces all settings of a topic, so those that others have made are repeated. */
async function change(admin: Admin, topic: string, ours: Record<string, string>): Promise<void> {
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
  const theirs = (resources[0]?.configEntries ?? []).filter(
    ({ configSource, configName }) => configSource === ConfigSource.TOPIC_CONFIG && !(configName in ours),
  );
  const configEntries = [
    ...theirs.map(({ configName, configValue }) => ({ name: configName, value: configValue })),
    ...Object.entries(ours).map(([name, value]) => ({ name, value })),
  ];
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
}
