import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import { checkFirst, encodeCursor, type Page } from '@starling/kit/cursor.ts';
import type { UserParent } from './context.ts';
import { placeFrom, retweeterFrom, type PageArgs } from './cursors.ts';
import { fillPage } from './fill-page.ts';
import type { Reader } from './loaders.ts';
import { showablePeople } from './present-tweets.ts';
import type { Store } from './store.ts';
import type { Place, Retweeter } from './store/read-pages.ts';

export type UserPage = Page<{ cursor: string; node: UserParent }>;
type Args = PageArgs & { tweetId: Id };

/** Who likes a tweet, latest like first, as far as the viewer may see them. */
export async function listLikers(
  store: Pick<Store, 'readLikers'>,
  reader: Reader,
  { tweetId, ...args }: Args,
): Promise<UserPage> {
  return fillPage<Place, UserParent>({
    first: checkFirst(args.first),
    after: args.after ? placeFrom('likedBy', args.after) : null,
    read: (after, limit) => store.readLikers({ of: tweetId, after, limit }),
    show: (places) =>
      showPeople(
        reader,
        places.map(({ id }) => id),
      ),
    cursorOf: ({ atMs, id }) => encodeCursor('likedBy', [atMs, id]),
  });
}

/** Who retweeted a tweet, latest first, as far as the viewer may see them. */
export async function listRetweeters(
  store: Pick<Store, 'readRetweeters'>,
  reader: Reader,
  { tweetId, ...args }: Args,
): Promise<UserPage> {
  return fillPage<Retweeter, UserParent>({
    first: checkFirst(args.first),
    after: args.after ? retweeterFrom(args.after) : null,
    read: (after, limit) => store.readRetweeters({ tweetId, beforeId: after?.id ?? AFTER_EVERY_ID, limit }),
    show: (retweeters) =>
      showPeople(
        reader,
        retweeters.map(({ userId }) => userId),
      ),
    cursorOf: ({ id, userId }) => encodeCursor('retweetedBy', [id, userId]),
  });
}

async function showPeople(reader: Reader, ids: readonly Id[]): Promise<(UserParent | null)[]> {
  const shown = await showablePeople(reader, ids);
  return ids.map((id) => (shown.has(id) ? { __typename: 'User', id } : null));
}
