import type { Id } from '@starling/domain/ids.ts';
import { checkFirst, encodeCursor, type Page } from '@starling/kit/cursor.ts';
import type { TweetParent } from './context.ts';
import { idFrom, placeFrom, type PageArgs } from './cursors.ts';
import { fillPage } from './fill-page.ts';
import type { Reader } from './loaders.ts';
import { presentTweets } from './present-tweets.ts';
import type { Store } from './store.ts';
import type { Place } from './store/read-pages.ts';

export type TweetPage = Page<{ cursor: string; node: TweetParent }>;

const BEFORE_EVERY_ID: Id = '0';

/** Direct replies, oldest first; those that may not be shown keep their places. */
export async function listReplies(
  store: Pick<Store, 'readReplies'>,
  reader: Reader,
  { tweetId, ...args }: PageArgs & { tweetId: Id },
): Promise<TweetPage> {
  return fillPage<Id, TweetParent>({
    first: checkFirst(args.first),
    after: args.after ? idFrom('replies', args.after) : null,
    read: (after, limit) => store.readReplies({ tweetId, afterId: after ?? BEFORE_EVERY_ID, limit }),
    show: (ids) => showTweets(reader, ids),
    cursorOf: (id) => encodeCursor('replies', [id]),
  });
}

/** The viewer's own bookmarks, latest first; those that may not be shown keep their places. */
export async function listBookmarks(
  store: Pick<Store, 'readBookmarks'>,
  viewerId: Id,
  args: PageArgs,
): Promise<TweetPage> {
  return fillPage<Place, TweetParent>({
    first: checkFirst(args.first),
    after: args.after ? placeFrom('bookmarks', args.after) : null,
    read: (after, limit) => store.readBookmarks({ of: viewerId, after, limit }),
    show: async (places) => places.map(({ id }) => ({ id })),
    cursorOf: ({ atMs, id }) => encodeCursor('bookmarks', [atMs, id]),
  });
}

/** What a tweet answers, from the first tweet down to the parent; those that may not be shown keep their places. */
export async function listAncestors(
  { store, maxAncestors }: { store: Pick<Store, 'readAncestors'>; maxAncestors: number },
  reader: Reader,
  tweetId: Id,
): Promise<TweetParent[]> {
  const tweets = await showTweets(reader, await store.readAncestors(tweetId, maxAncestors));
  return tweets.filter((tweet) => tweet !== null);
}

async function showTweets({ viewerId, loaders }: Reader, ids: readonly Id[]): Promise<(TweetParent | null)[]> {
  const tweets = await Promise.all(ids.map((id) => loaders.tweet.load(id)));
  const views = await presentTweets(
    { viewerId, loaders },
    tweets.filter((tweet) => tweet !== null),
    'conversation',
  );
  const kept = new Set(views.filter((view) => view.isShown || view.verdict === 'tombstone').map(({ id }) => id));
  return ids.map((id) => (kept.has(id) ? { id } : null));
}
