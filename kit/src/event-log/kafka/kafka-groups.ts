import type { Logger } from '../../logger.ts';
import type { NewRecord, SubscribeOptions, Subscription } from '../port.ts';
import type { NewKafka } from './kafka-client.ts';
import { isServerAway } from './kafka-errors.ts';
import type { KafkaPositions } from './kafka-positions.ts';
import { openKafkaSession } from './kafka-session.ts';
import type { KafkaTopics } from './kafka-topics.ts';
import { type Member, createMember } from './member.ts';
import type { Names } from './names.ts';
import type { Timing } from './timing.ts';

export type KafkaGroups = {
  /** Resolves when the member has partitions, or knows that there are none for it. */
  join(options: SubscribeOptions): Promise<Subscription>;
  /** True if a member of the group was started here and not stopped. */
  isRunning(group: string): boolean;
  stop(): Promise<void>;
};

type Deps = {
  newKafka: NewKafka;
  names: Names;
  timing: Timing;
  topics: Pick<KafkaTopics, 'partitions'>;
  positions: KafkaPositions;
  publish(records: readonly NewRecord[]): Promise<unknown>;
  logger: Logger;
};

/** The members of consumer groups in this process. */
export function kafkaGroups({ newKafka, names, timing, topics, positions, publish, logger }: Deps): KafkaGroups {
  const members = new Map<Member, string>();
  return {
    async join(options) {
      const { group } = options;
      const counts = await Promise.all(options.topics.map(topics.partitions));
      const partitions = counts.reduce((sum, count) => sum + count, 0);
      const member = createMember({
        options: withDefaults(options),
        openSession: (hooks) =>
          openKafkaSession({ newKafka, names, timing, group, topics: options.topics, partitions }, hooks),
        positions: (wanted) => positions.of(group, wanted),
        isAway: isServerAway,
        patienceMs: timing.session / 2,
        publish,
        logger,
      });
      members.set(member, group);
      await member.joined;
      return { isAlive: member.isAlive, stop: () => member.stop().then(() => void members.delete(member)) };
    },
    isRunning: (group) => [...members.values()].includes(group),
    async stop() {
      await Promise.all([...members.keys()].map((member) => member.stop()));
    },
  };
}

function withDefaults({
  maxBatch = 200,
  concurrency = 4,
  maxTries = 5,
  onIncident = () => {},
  ...rest
}: SubscribeOptions): Required<SubscribeOptions> {
  return { ...rest, maxBatch, concurrency, maxTries, onIncident };
}
