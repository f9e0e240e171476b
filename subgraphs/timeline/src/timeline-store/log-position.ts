import type { RecordPosition } from '@starling/kit/event-log/port.ts';

/** A place in the log: below `offset`. */
export type LogPosition = RecordPosition & { topic: string };

/** By `fieldOf`. */
export type LogPositions = ReadonlyMap<string, bigint>;

export function fieldOf({ topic, partition }: Omit<LogPosition, 'offset'>): string {
  return `${topic}:${partition}`;
}
