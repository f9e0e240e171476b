import type { EventLog, TopicFault, TopicSpec } from '@starling/kit/event-log/port.ts';

export type Checked = {
  lines: string[];
  /** True if every topic is as it should be. */
  isGood: boolean;
};

/** What of the event log's topics is not as it should be, a line each. Changes nothing. */
export async function checkTopics(log: Pick<EventLog, 'checkTopics'>, topics: readonly TopicSpec[]): Promise<Checked> {
  const faults = await log.checkTopics(topics);
  const good = `${topics.length} topics and their dead letters are as they should be.`;
  return { lines: faults.length === 0 ? [good] : faults.map(lineOf), isGood: faults.length === 0 };
}

function lineOf({ topic, about, is, should }: TopicFault): string {
  return about === 'missing' ? `${topic} is missing` : `${topic} has ${about} ${is}, and it should be ${should}`;
}
