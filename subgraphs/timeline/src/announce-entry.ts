import type { Id } from '@starling/domain/ids.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import { inTraceOf, type TraceHeaders } from '@starling/kit/telemetry/tracing.ts';
import { encodeNews } from './live-channel.ts';

export type AnnounceDeps = {
  pubsub: Pick<PubSub, 'publish'>;
  /** Entries older than this are no news to those who listen: a replay of the log or an import calls nobody. */
  newsForMs: number;
  now: () => number;
};

export type NewEntry = {
  entryId: Id;
  /** Epoch milliseconds. */
  at: number;
  /** Of whatever made the entry. */
  trace?: TraceHeaders;
};

/** Tells of an entry to who listens to the channels, in the trace of what made it. */
export function announceEntry(
  { pubsub, newsForMs, now }: AnnounceDeps,
  channels: readonly string[],
  { entryId, at, trace = {} }: NewEntry,
): Promise<void> {
  if (channels.length === 0 || at < now() - newsForMs) return Promise.resolve();
  return inTraceOf(trace, 'announce entry', {}, () => pubsub.publish(channels, encodeNews({ entryId })));
}
