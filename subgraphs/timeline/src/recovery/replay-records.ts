import { randomUUID } from 'node:crypto';
import { systemCall } from '@starling/kit/call.ts';
import type { EventLog, LogRecord } from '@starling/kit/event-log/port.ts';
import { timelineReplayedRecords } from '@starling/kit/telemetry/metrics.ts';
import { beginPushes, toPush } from '../continue-pushes.ts';
import type { FameView } from '../fame-view.ts';
import { fanOut, type FanOutDeps, type Push } from '../fan-out.ts';
import { newEntries, parseTweets, TWEETS } from '../push-records.ts';
import type { Span } from './plan-replay.ts';
import { readSpan } from './read-span.ts';

export type ReplayDeps = FanOutDeps & { log: Pick<EventLog, 'read'>; fame: Pick<FameView, 'current'> };

/** Of the pushes of one page of records. */
const PAGE_MS = 10 * 60_000;

/**
 * Pushes again what the spans have pushed, to nobody but the store of `deps`, and answers how many records that were. Each push is done
 * once, from the lowest follower on of whom the log tells, and to the last one: as the slices of a push lie in one partition, those
 * before the first that is met have not been lost. Where it is still under way, its next slices repeat what is done here.
 */
export async function replayRecords(deps: ReplayDeps, spans: readonly Span[], signal: AbortSignal): Promise<number> {
  const run = randomUUID();
  /** Entries that have been brought to whoever may lack them: one for each record at most. */
  const brought = new Set<string>();
  const quiet = { ...deps, newsForMs: -Infinity, followersASlice: Number.MAX_SAFE_INTEGER };
  let count = 0;
  // Tweets first: what a tweet's record begins, those of its slices need not go on with.
  for (const span of spans.toSorted(byTopic)) {
    for await (const records of readSpan(deps.log, span)) {
      signal.throwIfAborted();
      const pushes = await pushesOf(deps, { run, span, records });
      const call = { ...systemCall(`replay-${run}`, { timeoutMs: PAGE_MS }), signal };
      await fanOut(
        quiet,
        call,
        pushes.flatMap((push) => stillToBring(brought, push)),
      );
      count += records.length;
      timelineReplayedRecords.inc(records.length);
    }
  }
  return count;
}

function byTopic(one: Span, other: Span): number {
  return Number(other.topic === TWEETS.topic) - Number(one.topic === TWEETS.topic);
}

type Page = { run: string; span: Span; records: readonly LogRecord[] };

async function pushesOf({ fame }: ReplayDeps, { run, span, records }: Page): Promise<Push[]> {
  if (span.topic !== TWEETS.topic) return records.map(toPush);
  return beginPushes(run, await fame.current(), newEntries(parseTweets(records)));
}

function stillToBring(brought: Set<string>, push: Push): Push[] {
  const entries = push.entries.filter(({ entryId }) => !brought.has(entryId));
  for (const { entryId } of entries) brought.add(entryId);
  return entries.length === 0 ? [] : [{ ...push, entries }];
}
