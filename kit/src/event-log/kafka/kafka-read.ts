import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { AssignerProtocol, type Consumer, type PartitionAssigner } from 'kafkajs';
import { StarlingError } from '../../errors.ts';
import type { LogRecord } from '../port.ts';
import type { NewKafka } from './kafka-client.ts';
import { isServerAway, toLogError } from './kafka-errors.ts';
import { toRecord } from './kafka-record.ts';
import type { Names } from './names.ts';

export type Span = { topic: string; partition: number; from: bigint; end: bigint; limit: number };

const WITHIN_MS = 15_000;
const TRIES = 5;
const FETCH_WAIT_MS = 100;

/** Reads records of one partition below `end`, by a consumer in a group of its own that never commits. */
export async function readSpan(newKafka: NewKafka, names: Names, span: Span): Promise<LogRecord[]> {
  const { topic, partition, from, end, limit } = span;
  const name = names.topic(topic);
  const records: LogRecord[] = [];
  await asSoleMember(newKafka, names.group(`read-${randomUUID()}`), { topic: name, partition }, (consumer) => {
    const done = Promise.withResolvers<void>();
    records.length = 0;
    consumer.on(consumer.events.GROUP_JOIN, () => consumer.seek({ topic: name, partition, offset: String(from) }));
    // Also where all that was fetched is no record but a mark of the server's own.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { lastOffset } }) => {
      if (records.length >= limit || BigInt(lastOffset) + 1n >= end) done.resolve();
    });
    return {
      whenJoined: () => done.promise,
      async eachBatch({ batch, resolveOffset }) {
        const fresh = batch.messages.map((message) => toRecord(message, topic, partition));
        records.push(...fresh.filter(({ offset }) => offset >= from && offset < end));
        resolveOffset(batch.lastOffset());
      },
    };
  });
  return records.slice(0, limit);
}

/** Sets where a group goes on in a partition, as its only member for a moment. */
export async function commitAlone(
  newKafka: NewKafka,
  names: Names,
  { group, topic, partition, offset }: { group: string; topic: string; partition: number; offset: bigint },
): Promise<void> {
  const name = names.topic(topic);
  await asSoleMember(newKafka, names.group(group), { topic: name, partition }, (consumer) => {
    consumer.on(consumer.events.GROUP_JOIN, () => consumer.pause([{ topic: name, partitions: [partition] }]));
    return {
      whenJoined: () => consumer.commitOffsets([{ topic: name, partition, offset: String(offset) }]),
      eachBatch: async () => undefined,
    };
  });
}

type Task = {
  /** Resolves when it is done. */
  whenJoined(): Promise<void>;
  eachBatch: NonNullable<NonNullable<Parameters<Consumer['run']>[0]>['eachBatch']>;
};

/** Again from the start while the group's coordinator is away, or has only just come. */
async function asSoleMember(...task: Parameters<typeof tryAsSoleMember>): Promise<void> {
  const patience = retry(handleWhen(isServerAway), { maxAttempts: TRIES - 1, backoff: new ExponentialBackoff() });
  try {
    await patience.execute(() => tryAsSoleMember(...task));
  } catch (error) {
    throw toLogError(error, 'be read');
  }
}

async function tryAsSoleMember(
  newKafka: NewKafka,
  groupId: string,
  place: { topic: string; partition: number },
  begin: (consumer: Consumer) => Task,
): Promise<void> {
  const consumer = newKafka().consumer({
    retry: { retries: 3, initialRetryTime: 50, restartOnFailure: async () => false },
    ...{ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: FETCH_WAIT_MS },
    partitionAssigners: [onlyOf(place)],
  });
  const crashed = Promise.withResolvers<never>();
  consumer.on(consumer.events.CRASH, ({ payload }) => crashed.reject(payload.error));
  const over = new AbortController();
  const late = delay(WITHIN_MS, undefined, { signal: over.signal }).then(() => {
    throw new StarlingError('UNAVAILABLE', `Kafka does not serve ${place.topic} within ${WITHIN_MS} ms`);
  });
  late.catch(() => undefined);
  try {
    const { whenJoined, eachBatch } = begin(consumer);
    const work = async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: [place.topic], fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
      await whenJoined();
    };
    await Promise.race([work(), crashed.promise, late]);
  } finally {
    over.abort();
    await consumer.disconnect();
  }
}

function onlyOf({ topic, partition }: { topic: string; partition: number }): PartitionAssigner {
  return () => ({
    name: 'OnlyOne',
    version: 0,
    assign: async ({ members }) =>
      members.slice(0, 1).map(({ memberId }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 0,
          assignment: { [topic]: [partition] },
          userData: Buffer.alloc(0),
        }),
      })),
    protocol: ({ topics }) => ({
      name: 'OnlyOne',
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
    }),
  });
}
