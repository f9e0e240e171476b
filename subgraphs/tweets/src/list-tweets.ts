import type { Id } from '@starling/domain/ids.ts';
import { checkFirst, encodeCursor, type Page } from '@starling/kit/cursor.ts';
import { connectionOf, fillPage } from '@starling/kit/fill-page.ts';
import type { TweetParent } from './context.ts';
import { idFrom, placeFrom, type PageArgs } from './cursors.ts';
import type { Reader } from './loaders.ts';
import type { Pages } from './pages.ts';
import { presentTweets } from './present-tweets.ts';
import type { Store } from './store.ts';
import type { Place } from './store/read-pages.ts';

export type TweetPage = Page<{ cursor: string; node: TweetParent }>;

const BEFORE_EVERY_ID: Id = '0';

/** Direct replies, oldest first; those that may not be shown keep their places. */
export async function listReplies(
  pages: Pick<Pages, 'readReplies'>,
  reader: Reader,
  { tweetId, ...args }: PageArgs & { tweetId: Id },
): Promise<TweetPage> {
  const asked = { first: checkFirst(args.first), after: idFrom('replies', args.after) };
  const found = await fillPage<Id, Id>(asked, {
    read: (after, limit) => pages.readReplies({ tweetId, afterId: after ?? BEFORE_EVERY_ID, limit }),
    keep: (ids) => keepShowable(reader, ids),
  });
  return connectionOf(found, { cursorOf: (id) => encodeCursor('replies', [id]), edgeOf: (id) => ({ node: { id } }) });
}

/** The viewer's own bookmarks, latest first; those that may not be shown keep their places. */
export async function listBookmarks(
  pages: Pick<Pages, 'readBookmarks'>,
  viewerId: Id,
  args: PageArgs,
): Promise<TweetPage> {
  const asked = { first: checkFirst(args.first), after: placeFrom('bookmarks', args.after) };
  const found = await fillPage<Place, Place>(asked, {
    read: (after, limit) => pages.readBookmarks({ of: viewerId, after, limit }),
    keep: async (places) => places,
  });
  return connectionOf(found, {
    cursorOf: ({ atMs, id }) => encodeCursor('bookmarks', [atMs, id]),
    edgeOf: ({ id }) => ({ node: { id } }),
  });
}

/** What a tweet answers, from the first tweet down to the parent; those that may not be shown keep their places. */
export async function listAncestors(
  { store, maxAncestors }: { store: Pick<Store, 'readAncestors'>; maxAncestors: number },
  reader: Reader,
  tweetId: Id,
): Promise<TweetParent[]> {
  const ids = await keepShowable(reader, await store.readAncestors(tweetId, maxAncestors));
  return ids.map((id) => ({ id }));
}

async function keepShowable({ viewerId, loaders }: Reader, ids: readonly Id[]): Promise<Id[]> {
  const tweets = await Promise.all(ids.map((id) => loaders.tweet.load(id)));
  const views = await presentTweets(
    { viewerId, loaders },
    tweets.filter((tweet) => tweet !== null),
    'conversation',
  );
  const kept = new Set(views.filter((view) => view.isShown || view.verdict === 'tombstone').map(({ id }) => id));
  return ids.filter((id) => kept.has(id));
}
