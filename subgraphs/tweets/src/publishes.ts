import { randomUUID } from 'node:crypto';
import type { Id } from '@starling/domain/ids.ts';
import type { OutboxEvent } from '@starling/kit/outbox/port.ts';
import { engagementTopic, type EngagementEvent } from '@starling/schema/events/engagement-v1.ts';
import { erasureTopic, type ErasureEvent } from '@starling/schema/events/erasure-v1.ts';
import { tweetTopic, type TweetEvent } from '@starling/schema/events/tweet-v1.ts';
import { hashtagsOf, mentionedIdsOf, type Counters, type Retweet, type Tweet } from './tweet.ts';

/** An event of this subgraph, as its outbox takes it. */
export type FactEvent = OutboxEvent & { payload: TweetEvent | EngagementEvent | ErasureEvent };

export type EngagementAction = EngagementEvent['action'];

/** A retweet is made and taken back, once each. */
const RETWEETED = 1;
const UNRETWEETED = 2;

export function tweetPosted(tweet: Tweet, at: number): FactEvent {
  const { id: tweetId, authorId, text, parentId, parentAuthorId, conversationId, quotedId, revision } = tweet;
  const references = { parentId, parentAuthorId, conversationId, quotedId };
  const said = { hashtags: hashtagsOf(tweet), mentionedIds: mentionedIdsOf(tweet) };
  const content = { tweetId, authorId, text, ...references, ...said };
  return aboutEntry(tweetId, { ...envelope(revision, at), type: 'tweet.posted', ...content });
}

/** `revision` is the one that the deletion leaves behind. */
export function tweetDeleted(tweet: { id: Id; authorId: Id; revision: number }, at: number): FactEvent {
  const { id: tweetId, authorId, revision } = tweet;
  return aboutEntry(tweetId, { ...envelope(revision, at), type: 'tweet.deleted', tweetId, authorId });
}

export function tweetRetweeted({ id, userId, tweetId, authorId }: Retweet, at: number): FactEvent {
  const event = { retweetId: id, tweetId, authorId, retweeterId: userId };
  return aboutEntry(id, { ...envelope(RETWEETED, at), type: 'tweet.retweeted', ...event });
}

export function tweetUnretweeted({ id, userId, tweetId }: Omit<Retweet, 'authorId'>, at: number): FactEvent {
  const event = { retweetId: id, tweetId, retweeterId: userId };
  return aboutEntry(id, { ...envelope(UNRETWEETED, at), type: 'tweet.unretweeted', ...event });
}

/** Comes after all else that was ever published of the person. */
export function personForgotten(userId: Id, at: number): FactEvent {
  const event: ErasureEvent = { ...envelope(0, at), type: 'person.forgotten', userId, by: 'tweets' };
  const about = { key: userId, aggregateType: 'person', aggregateId: userId };
  return { topic: erasureTopic.name, ...about, type: event.type, payload: event };
}

/** `counters` are those after the change. */
export function tweetCounted(
  counters: Counters,
  { actorId, action }: { actorId: Id; action: EngagementAction },
  at: number,
): FactEvent {
  const { revision, ...counts } = counters;
  const event: EngagementEvent = { ...envelope(revision, at), type: 'tweet.counted', actorId, action, ...counts };
  return toOutbox(engagementTopic.name, counters.tweetId, event);
}

function aboutEntry(entryId: Id, event: TweetEvent): FactEvent {
  return toOutbox(tweetTopic.name, entryId, event);
}

function toOutbox(topic: string, key: Id, event: TweetEvent | EngagementEvent): FactEvent {
  return { topic, key, aggregateType: 'tweet', aggregateId: key, type: event.type, payload: event };
}

function envelope(revision: number, at: number) {
  return { eventId: randomUUID(), revision, version: 1 as const, at };
}
