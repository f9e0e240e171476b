import { setTimeout as delay } from 'node:timers/promises';
import {
  type Consumer,
  type ConsumerGroupJoinEvent,
  type EachBatchPayload,
  type Offsets,
  type PartitionAssigner,
  PartitionAssigners,
} from 'kafkajs';
import { PartitionLost } from '../deliver.ts';
import type { LogRecord } from '../port.ts';
import { CONNECT_WITHIN_MS, METADATA_MAX_AGE_MS, type NewKafka } from './kafka-client.ts';
import { KafkaJSNonRetriableError } from './kafka-library.ts';
import { isFenced, toLogError } from './kafka-errors.ts';
import { toRecord } from './kafka-record.ts';
import type { Names } from './names.ts';
import { keyOf, type Place, type Position } from '../place.ts';
import type { Session, SessionHooks } from './session.ts';
import type { Timing } from './timing.ts';
import { within } from './within.ts';

export type SessionOptions = {
  newKafka: NewKafka;
  names: Names;
  timing: Timing;
  group: string;
  topics: readonly string[];
  /** Of all topics together: as many may come with one fetch. */
  partitions: number;
};

/** Of one fetch or join. What lasts longer ends the session, and the next one begins with a fresh look at the cluster. */
const RETRY = { retries: 25, initialRetryTime: 50, maxRetryTime: 500, restartOnFailure: async () => false };
const STOP_WITHIN_MS = 15_000;

/** One life of a kafkajs consumer. It never restarts itself. */
export function openKafkaSession(options: SessionOptions, hooks: SessionHooks): Session {
  const { newKafka, names, timing, group } = options;
  const ended = Promise.withResolvers<unknown>();
  let isStopping = false;
  let lastSign = performance.now();
  let commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | null = null;

  const consumer = newKafka().consumer({
    groupId: names.group(group),
    partitionAssigners: [joiningWhen(() => (isStopping ? 'never' : hooks.mayJoin() ? 'now' : 'later'))],
    ...{ sessionTimeout: timing.session, rebalanceTimeout: timing.session, heartbeatInterval: timing.heartbeat },
    ...{ maxWaitTimeInMs: timing.fetchWait, allowAutoTopicCreation: false, retry: RETRY },
    metadataMaxAge: METADATA_MAX_AGE_MS,
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    lastSign = performance.now();
    hooks.onJoined(placesOf(payload, names));
  });
  consumer.on(consumer.events.HEARTBEAT, () => void (lastSign = performance.now()));
  consumer.on(consumer.events.CRASH, ({ payload }) => ended.resolve(payload.error));

  const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
    commitOffsets = payload.commitOffsetsIfNecessary;
    const { topic, partition, messages, highWatermark } = payload.batch;
    const records: LogRecord[] = messages.map((message) => toRecord(message, names.bare(topic), partition));
    await hooks.onBatch({
      ...{ topic: names.bare(topic), partition, records, end: BigInt(highWatermark), isStale: payload.isStale },
      resolve: (next) => payload.resolveOffset(String(next - 1n)),
    });
  };
  const starting = start(consumer, options, eachBatch, () => isStopping).catch(ended.resolve);
  // A session without a sign of its coordinator for so long is no member any more, whatever kafkajs still tries.
  const watch = setInterval(() => {
    if (performance.now() - lastSign > 4 * timing.session) ended.resolve(new Error('The consumer hears nothing'));
  }, timing.session / 2).unref();

  return {
    ended: ended.promise,
    fail: ended.resolve,
    commit: (positions) => losingWhatIsAnothers(async () => commitOffsets?.(offsetsOf(positions, names)), positions),
    seek: ({ topic, partition }, offset) =>
      consumer.seek({ topic: names.topic(topic), partition, offset: String(offset) }),
    pause: (places) => consumer.pause(places.map((place) => inKafka(place, names))),
    resume: (places) => consumer.resume(places.map((place) => inKafka(place, names))),
    async stop() {
      isStopping = true;
      clearInterval(watch);
      // kafkajs forgets to leave when it is stopped during its first join: that has to end before.
      await Promise.race([
        starting.then(() => consumer.disconnect()),
        delay(STOP_WITHIN_MS, undefined, { ref: false }),
      ]);
    },
  };
}

function offsetsOf(positions: readonly Position[], names: Names): Offsets {
  const byTopic = Map.groupBy(positions, ({ topic }) => topic);
  return {
    topics: Array.from(byTopic, ([topic, of]) => ({
      topic: names.topic(topic),
      partitions: of.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    })),
  };
}

async function losingWhatIsAnothers(commit: () => Promise<void>, positions: readonly Position[]): Promise<void> {
  try {
    await commit();
  } catch (error) {
    if (isFenced(error)) throw new PartitionLost(positions.map(keyOf).join(), { cause: error });
    throw toLogError(error, 'take commits');
  }
}

async function start(
  consumer: Consumer,
  { names, topics, partitions }: SessionOptions,
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
  isStopping: () => boolean,
): Promise<void> {
  await within(CONNECT_WITHIN_MS, 'answer', consumer.connect());
  if (isStopping()) return;
  await consumer.subscribe({ topics: topics.map(names.topic), fromBeginning: true });
  if (isStopping()) return;
  await consumer.run({
    ...{ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: partitions },
    eachBatch,
  });
}

/**
 * Round robin, but a member takes its time to join: kafkajs asks for its protocol before each join and waits for nothing else, so
 * this is where batches in hand can end and be committed before the partitions are given to others.
 */
function joiningWhen(isReady: () => 'now' | 'later' | 'never'): PartitionAssigner {
  return (config) => {
    const roundRobin = PartitionAssigners.roundRobin(config);
    return {
      name: roundRobin.name,
      version: roundRobin.version,
      assign: (group) => roundRobin.assign(group),
      protocol(subscription) {
        const readiness = isReady();
        if (readiness === 'never') throw new KafkaJSNonRetriableError('The consumer stops');
        // What kafkajs tries again after a pause.
        if (readiness === 'later')
          throw Object.assign(new Error('A batch has still to end'), { type: 'REBALANCE_IN_PROGRESS' });
        return roundRobin.protocol(subscription);
      },
    };
  };
}

function placesOf({ memberAssignment }: ConsumerGroupJoinEvent['payload'], names: Names): Place[] {
  return Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic: names.bare(topic), partition })),
  );
}

function inKafka({ topic, partition }: Place, names: Names): { topic: string; partitions: number[] } {
  return { topic: names.topic(topic), partitions: [partition] };
}
