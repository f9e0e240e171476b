import type { TopicFault, TopicSpec } from './port.ts';

/** A topic as the server has it. Null where the server did not say. */
export type PresentTopic = {
  partitions: number;
  replicas: number;
  retentionMs: number | null;
  cleanup: string | null;
  /** Replicas that must have a record before it is acknowledged. */
  inSync: number | null;
};

/** How a topic differs from what its readers and writers take for granted. Null for one that is not there. */
export function faultsOf(spec: TopicSpec, present: PresentTopic | null, replicationFactor: number): TopicFault[] {
  const topic = spec.name;
  if (present === null) return [{ topic, about: 'missing', is: 'no topic', should: `${spec.partitions} partitions` }];
  const faults: TopicFault[] = [];
  const check = (about: TopicFault['about'], isWrong: boolean, is: unknown, should: unknown) => {
    if (isWrong) faults.push({ topic, about, is: String(is), should: String(should) });
  };
  const { partitions, replicas, retentionMs, cleanup, inSync } = present;
  check('partitions', partitions !== spec.partitions, partitions, spec.partitions);
  check('retention.ms', retentionMs !== null && retentionMs !== spec.retentionMs, retentionMs, spec.retentionMs);
  check('cleanup.policy', cleanup !== null && cleanup !== 'delete', cleanup, 'delete');
  check('replicas', replicas < replicationFactor, replicas, replicationFactor);
  const quorum = quorumOf(replicas);
  check('min.insync.replicas', inSync !== null && inSync !== quorum, inSync, quorum);
  return faults;
}

/** How many of so many replicas must have a record: one may be away without a record being refused or lost. */
export function quorumOf(replicas: number): number {
  return Math.max(1, replicas - 1);
}

/** How safe records are is a matter of the servers' number, and no reason to stand still. */
export function isRefused({ about }: TopicFault): boolean {
  return about !== 'replicas' && about !== 'min.insync.replicas';
}

/** One message for all that is wrong. */
export function refusalOf(faults: readonly TopicFault[]): string {
  const lines = faults.map(({ topic, about, is, should }) => {
    if (about === 'partitions') return `${topic} has ${is} partitions and cannot be given ${should}: ${MOVED}`;
    if (about === 'missing') return `${topic} is missing`;
    return `${topic} has ${about}=${is}, and it should be ${should}`;
  });
  const isCurable = faults.every(({ about }) => about !== 'partitions');
  const cure = isCurable ? ' `starling topics ensure --settings` sets them right.' : '';
  return `The event log's topics are not as they should be: ${lines.join('; ')}.${cure}`;
}

const MOVED = 'keys would change their place';
