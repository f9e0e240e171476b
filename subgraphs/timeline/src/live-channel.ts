import { isId, type Id } from '@starling/domain/ids.ts';

/** What a person with an open subscription listens to. */
export function homeChannel(userId: Id): string {
  return `home.${userId}`;
}

/** The message says which entry is new and nothing of what it holds: each listener looks with its own eyes. */
export function encodeNews(entryId: Id): string {
  return JSON.stringify({ entryId });
}

/** Null for a message that this version does not understand. */
export function decodeNews(payload: string): Id | null {
  const { entryId } = JSON.parse(payload) as { entryId?: unknown };
  return typeof entryId === 'string' && isId(entryId) ? entryId : null;
}
