import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { checkFirst, encodeCursor, type Page } from '@starling/kit/cursor.ts';
import { connectionOf, fillPage } from '@starling/kit/fill-page.ts';
import type { UserParent } from './context.ts';
import { placeFrom, retweeterFrom, type PageArgs } from './cursors.ts';
import type { Reader } from './loaders.ts';
import type { Pages } from './pages.ts';
import { showablePeople } from './present-tweets.ts';
import type { Place, Retweeter } from './store/read-pages.ts';

export type UserPage = Page<{ cursor: string; node: UserParent }>;
type Args = PageArgs & { tweetId: Id };

/** Who likes a tweet, latest like first, as far as the viewer may see them. */
export async function listLikers(
  pages: Pick<Pages, 'readLikers'>,
  reader: Reader,
  { tweetId, ...args }: Args,
): Promise<UserPage> {
  const asked = { first: checkFirst(args.first), after: placeFrom('likedBy', args.after) };
  const found = await fillPage<Place, Place>(asked, {
    read: (after, limit) => pages.readLikers({ of: tweetId, after, limit }),
    keep: (places) => keepShowable(reader, places, ({ id }) => id),
  });
  return connectionOf(found, {
    cursorOf: ({ atMs, id }) => encodeCursor('likedBy', [atMs, id]),
    edgeOf: ({ id }) => ({ node: person(id) }),
  });
}

/** Who retweeted a tweet, latest first, as far as the viewer may see them. */
export async function listRetweeters(
  pages: Pick<Pages, 'readRetweeters'>,
  reader: Reader,
  { tweetId, ...args }: Args,
): Promise<UserPage> {
  const asked = { first: checkFirst(args.first), after: retweeterFrom(args.after) };
  const found = await fillPage<Retweeter, Retweeter>(asked, {
    read: (after, limit) => pages.readRetweeters({ tweetId, beforeId: after?.id ?? AFTER_EVERY_ID, limit }),
    keep: (retweeters) => keepShowable(reader, retweeters, ({ userId }) => userId),
  });
  return connectionOf(found, {
    cursorOf: ({ id, userId }) => encodeCursor('retweetedBy', [id, userId]),
    edgeOf: ({ userId }) => ({ node: person(userId) }),
  });
}

async function keepShowable<Entry>(
  reader: Reader,
  entries: readonly Entry[],
  personOf: (entry: Entry) => Id,
): Promise<Entry[]> {
  const shown = await showablePeople(reader, entries.map(personOf));
  return entries.filter((entry) => shown.has(personOf(entry)));
}

function person(id: Id): UserParent {
  return { __typename: 'User', id };
}
