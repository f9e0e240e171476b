import { AFTER_EVERY_ID, isId, type Id } from '@starling/domain/ids.ts';
import { checkFirst, decodeCursor, encodeCursor, type Page } from '@starling/kit/cursor.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { UserParent } from './context.ts';
import { fillPage } from './fill-page.ts';
import type { PageArgs, Reader } from './list-tweets.ts';
import { showablePeople } from './present-tweets.ts';
import type { Store } from './store.ts';
import type { Place } from './store/read-pages.ts';

export type UserPage = Page<{ cursor: string; node: UserParent }>;
type Args = PageArgs & { tweetId: Id };

/** Who likes a tweet, latest like first, as far as the viewer may see them. */
export async function listLikers(store: Pick<Store, 'readLikers'>, reader: Reader, { tweetId, ...args }: Args): Promise<UserPage> {
  return fillPage<Place, UserParent>({
    first: checkFirst(args.first),
    after: args.after ? placeFrom('likedBy', args.after) : null,
    read: (after, limit) => store.readLikers({ of: tweetId, after, limit }),
    show: (places) => showPeople(reader, places.map(({ id }) => id)),
    cursorOf: ({ atMs, id }) => encodeCursor('likedBy', [atMs, id]),
  });
}

type Retweeter = { id: Id; userId: Id };

/** Who retweeted a tweet, latest first, as far as the viewer may see them. */
export async function listRetweeters(store: Pick<Store, 'readRetweeters'>, reader: Reader, { tweetId, ...args }: Args): Promise<UserPage> {
  return fillPage<Retweeter, UserParent>({
    first: checkFirst(args.first),
    after: args.after ? retweeterFrom(args.after) : null,
    read: (after, limit) => store.readRetweeters({ tweetId, beforeId: after?.id ?? AFTER_EVERY_ID, limit }),
    show: (retweeters) => showPeople(reader, retweeters.map(({ userId }) => userId)),
    cursorOf: ({ id, userId }) => encodeCursor('retweetedBy', [id, userId]),
  });
}

async function showPeople(reader: Reader, ids: readonly Id[]): Promise<(UserParent | null)[]> {
  const shown = await showablePeople(reader, ids);
  return ids.map((id) => (shown.has(id) ? { __typename: 'User', id } : null));
}

/** A place in a list that is ordered by time and then id. */
export function placeFrom(kind: string, cursor: string): Place {
  const [atMs, id] = decodeCursor(kind, cursor);
  if (typeof atMs !== 'number' || !isMoment(atMs) || typeof id !== 'string' || !isId(id)) throw foreign();
  return { atMs, id };
}

function retweeterFrom(cursor: string): Retweeter {
  const [id, userId] = decodeCursor('retweetedBy', cursor);
  if (typeof id !== 'string' || !isId(id) || typeof userId !== 'string' || !isId(userId)) throw foreign();
  return { id, userId };
}

const YEAR_9999_MS = Date.UTC(9999, 0, 1);

/** One that Postgres can take; a forged cursor may hold any number. */
function isMoment(atMs: number): boolean {
  return Number.isInteger(atMs) && atMs >= 0 && atMs < YEAR_9999_MS;
}

function foreign(): StarlingError {
  return new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
}
