import { isId, type Id } from '@starling/domain/ids.ts';

/** Where what those whom a person follows put there is told, and the person's own. */
export function homeChannel(userId: Id): string {
  return `home.${userId}`;
}

/** Where tweets that carry a hashtag are told, whoever wrote them. `tag` is in the form that is compared. */
export function hashtagChannel(tag: string): string {
  return `tag.${tag}`;
}

/** Where everybody listens who follows a famous author: one message, however many they are. */
export function authorChannel(userId: Id): string {
  return `author.${userId}`;
}

export type News =
  /** Says which entry is new and nothing of what it holds: each listener looks with its own eyes. */
  | { entryId: Id }
  /** The listener follows somebody more, or other hashtags. */
  | { follows: 'changed' };

export function encodeNews(news: News): string {
  return JSON.stringify(news);
}

/** Null for a message that this version does not understand. */
export function decodeNews(payload: string): News | null {
  const { entryId, follows } = JSON.parse(payload) as Record<string, unknown>;
  if (typeof entryId === 'string' && isId(entryId)) return { entryId };
  return follows === 'changed' ? { follows } : null;
}
