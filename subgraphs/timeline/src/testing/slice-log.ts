import type { Id } from '@starling/domain/ids.ts';
import type { EventLog, LogRecord } from '@starling/kit/event-log/port.ts';
import { fanOutTopic } from '@starling/schema/events/fanout-v1.ts';

/** The part of the log in which pushes go on; whoever has it says when a record's turn has come. */
export function createSliceLog() {
  const waiting: LogRecord[] = [];
  const inHand = new Set<LogRecord>();
  let offset = 0n;
  const publish: EventLog['publish'] = async (records) =>
    records.map((record) => {
      const position = { partition: 0, offset: (offset += 1n) };
      waiting.push({ ...record, ...position, appendedAt: 0 });
      return position;
    });
  return {
    publish,
    /** Hands the oldest record of some key to `handle`; the records of one key come in order. Leaves it for good unless told otherwise. */
    async deliverOne(which: number, handle: (batch: LogRecord[]) => Promise<void>, stays = false): Promise<void> {
      const busy = new Set([...inHand].map(({ key }) => key));
      const keys = [...new Set(waiting.map(({ key }) => key))].filter((key) => !busy.has(key));
      const record = waiting.find(({ key }) => key === keys[which % keys.length]);
      if (!record) return;
      inHand.add(record);
      try {
        await handle([record]);
        if (!stays) waiting.splice(waiting.indexOf(record), 1);
      } finally {
        inHand.delete(record);
      }
    },
    count: () => waiting.length,
    isUnderWay: (entryId: Id): boolean =>
      waiting.some(({ value }) => fanOutTopic.parse(value).entries.some((entry) => entry.entryId === entryId)),
  };
}
