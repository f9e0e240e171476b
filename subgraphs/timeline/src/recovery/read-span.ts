import { isErased } from '@starling/kit/event-log/erased-record.ts';
import type { EventLog, LogRecord } from '@starling/kit/event-log/port.ts';
import type { Span } from './plan-replay.ts';

/** A page is held at a time. */
const PAGE = 1_000;

/** The log no longer has what is to be replayed. */
export class RecordsGone extends Error {
  override name = 'RecordsGone';
}

/** Page by page; without what was erased. Throws RecordsGone. */
export async function* readSpan(log: Pick<EventLog, 'read'>, span: Span): AsyncGenerator<LogRecord[]> {
  const { topic, partition, until } = span;
  let { from } = span;
  while (from < until) {
    const page = await log.read({ topic, partition, fromOffset: from, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined || page[0]?.offset !== from) throw new RecordsGone(`${topic} ${partition} has lost ${from}`);
    yield page.filter((record) => record.offset < until && !isErased(record));
    from = last.offset + 1n;
  }
}
