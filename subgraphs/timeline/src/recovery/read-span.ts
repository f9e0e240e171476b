import { isErased } from '@starling/kit/event-log/erased-record.ts';
import type { EventLog, LogRecord } from '@starling/kit/event-log/port.ts';
import type { Span } from './plan-replay.ts';

/** A page is held at a time. */
const PAGE = 1_000;

/** The log no longer has what is to be replayed. */
export class RecordsGone extends Error {
  override name = 'RecordsGone';
}

/** Page by page, all that was handled and as many more as may be in hand; without what was erased. Throws RecordsGone. */
export async function* readSpan(log: Pick<EventLog, 'read'>, span: Span): AsyncGenerator<LogRecord[]> {
  const { topic, partition, committed, end } = span;
  let { from, maxBatch: inHand } = span;
  while (from < end) {
    const page = await log.read({ topic, partition, fromOffset: from, limit: PAGE });
    if (from < committed && page[0]?.offset !== from) throw new RecordsGone(`${topic} ${partition} has lost ${from}`);
    const handled = page.filter(({ offset }) => offset < committed);
    const ahead = page.slice(handled.length, handled.length + inHand).filter(({ offset }) => offset < end);
    inHand -= ahead.length;
    const records = [...handled, ...ahead];
    yield records.filter((record) => !isErased(record));
    const last = records.at(-1);
    if (last === undefined || inHand === 0 || records.length < page.length) return;
    from = last.offset + 1n;
  }
}
