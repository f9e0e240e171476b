import { randomUUID } from 'node:crypto';
import type { Id } from '@starling/domain/ids.ts';
import type { OutboxEvent } from '@starling/kit/outbox/port.ts';
import { relationTopic, type RelationEvent } from '@starling/schema/events/relation-v1.ts';

/** One change of an image: every revision of a person is told by exactly one event, as its actor's or as its target's. */
export type RelationFact = PairFact | HashtagFact;

export type PairFact = {
  type: Exclude<RelationEvent['type'], HashtagFact['type']>;
  actorId: Id;
  targetId: Id;
  /** The actor's. */
  revision: number;
  /** The target's, where the target's image changed with it. */
  targetRevision: number | null;
  /** Epoch milliseconds. */
  at: number;
};

export type HashtagFact = {
  type: 'hashtag.followed' | 'hashtag.unfollowed';
  actorId: Id;
  /** In the form that is compared. */
  tag: string;
  /** The actor's. */
  revision: number;
  /** Epoch milliseconds. */
  at: number;
};

export function relationEvent(fact: RelationFact): OutboxEvent {
  const payload: RelationEvent = { eventId: randomUUID(), version: 1, ...fact };
  return {
    topic: relationTopic.name,
    key: fact.actorId,
    aggregateType: 'relation',
    aggregateId: fact.actorId,
    type: fact.type,
    payload,
  };
}
