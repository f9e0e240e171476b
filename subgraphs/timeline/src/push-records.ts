import { timeOfId, type Id } from '@starling/domain/ids.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import type { TraceHeaders } from '@starling/kit/telemetry/tracing.ts';
import { fanOutTopic } from '@starling/schema/events/fanout-v1.ts';
import { tweetTopic, type TweetEvent } from '@starling/schema/events/tweet-v1.ts';
import type { ActorsEntry } from './continue-pushes.ts';

/** Whose records lists are made of. Most records that are in hand at a time, of one partition: `maxBatch`. */
export const TWEETS = { group: 'timeline-fanout', topic: tweetTopic.name, maxBatch: 200 };

/** What is to be pushed to one follower after the other must not fill the way of what is pushed to few. */
export const SLICES = { group: 'timeline-slices', topic: fanOutTopic.name, maxBatch: 1 };

export type TweetRecord = { event: TweetEvent; trace: TraceHeaders };

export function parseTweets(batch: readonly LogRecord[]): TweetRecord[] {
  return batch.map(({ value, headers }) => ({ event: tweetTopic.parse(value), trace: traceIn(headers) }));
}

export function newEntries(records: readonly TweetRecord[]): ActorsEntry[] {
  return records.flatMap(({ event, trace }) => newEntry(event).map((entry) => ({ ...entry, trace })));
}

/** Of all that a record's headers say. */
function traceIn({ traceparent, tracestate }: LogRecord['headers']): TraceHeaders {
  return { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
}

function newEntry(event: TweetEvent): ActorsEntry[] {
  switch (event.type) {
    case 'tweet.posted':
      return [entryOf(event.tweetId, event.authorId)];
    case 'tweet.retweeted':
      return [entryOf(event.retweetId, event.retweeterId)];
    case 'tweet.deleted':
    case 'tweet.unretweeted':
      return [];
  }
}

/** Its moment is the id's, not the event's: what an import brings from the past is as old as it says. */
function entryOf(entryId: Id, actorId: Id): ActorsEntry {
  return { entryId, actorId, at: timeOfId(entryId) };
}
