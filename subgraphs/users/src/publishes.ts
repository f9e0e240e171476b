import type { OutboxEvent } from '@starling/kit/outbox/port.ts';
import { userTopic, type UserEvent } from '@starling/schema/events/user-v1.ts';
import { randomUUID } from 'node:crypto';
import type { Account } from './account.ts';

export type ProfileEventType = Exclude<UserEvent['type'], 'user.erased'>;

/** What happened to an account, with the public profile as it is after that. */
export function profileEvent(type: ProfileEventType, account: Account, at: number): OutboxEvent {
  const { id, handle, name, bio, isPrivate, revision } = account;
  return toOutbox({ type, ...envelope(revision, at), userId: id, handle, name, bio, isPrivate });
}

export function erasedEvent({ id, revision }: Pick<Account, 'id' | 'revision'>, at: number): OutboxEvent {
  return toOutbox({ type: 'user.erased', ...envelope(revision, at), userId: id });
}

function envelope(revision: number, at: number) {
  return { eventId: randomUUID(), revision, version: 1 as const, at };
}

function toOutbox(event: UserEvent): OutboxEvent {
  return {
    topic: userTopic.name,
    key: event.userId,
    aggregateType: 'user',
    aggregateId: event.userId,
    type: event.type,
    payload: event,
  };
}
