import { isId, timeOfId, type Id } from '@starling/domain/ids.ts';
import type { TweetResolvers } from '../generated/resolvers.ts';
import type { TweetParent, TweetsContext, UserParent } from './context.ts';
import { listLikers, listRetweeters } from './list-people.ts';
import { listReplies } from './list-tweets.ts';
import { selectedFields } from './selected-fields.ts';
import type { Mark } from './store/read-tweets.ts';
import type { Counters, Tweet } from './tweet.ts';

/** Every field but `id` and `unavailable` is null for a tweet that this viewer may not see. */
export const tweetFields: TweetResolvers = {
  __resolveReference: async ({ id }, context, info) => {
    if (!isId(id)) return null;
    foresee(context, id, selectedFields(info));
    return (await context.loaders.tweet.load(id)) === null ? null : { id };
  },
  text: content((tweet) => tweet.text),
  createdAt: content((tweet) => new Date(timeOfId(tweet.id))),
  author: content((tweet) => person(tweet.authorId)),
  entities: content((tweet) =>
    tweet.entities.map(({ userId, ...entity }) => ({ ...entity, user: userId ? person(userId) : null })),
  ),
  inReplyTo: content((tweet) => reference(tweet.parentId)),
  conversationId: content((tweet) => tweet.conversationId),
  quoted: content((tweet) => reference(tweet.quotedId)),
  likeCount: counter('likeCount'),
  retweetCount: counter('retweetCount'),
  replyCount: counter('replyCount'),
  quoteCount: counter('quoteCount'),
  viewerHasLiked: mark('liked'),
  viewerHasRetweeted: mark('retweeted'),
  viewerHasBookmarked: mark('bookmarked'),
  likedBy: async ({ id }, args, context) =>
    (await shown(context, id)) ? listLikers(context.pages, context, { ...args, tweetId: id }) : null,
  retweetedBy: async ({ id }, args, context) =>
    (await shown(context, id)) ? listRetweeters(context.pages, context, { ...args, tweetId: id }) : null,
  replies: async ({ id }, args, context) =>
    (await shown(context, id)) ? listReplies(context.pages, context, { ...args, tweetId: id }) : null,
  unavailable: async ({ id }, _, { loaders }) => {
    const view = await loaders.view.load(id);
    return view === null || view.isShown ? null : { reason: view.reason };
  },
};

/** Asks for what the fields will ask for, at the same time as for the tweet itself. */
function foresee({ loaders, foreknown }: TweetsContext, id: Id, fields: ReadonlySet<string>): void {
  const known = foreknown.tweet(id);
  const ask = (loader: { load(id: Id): Promise<unknown> }, wanted: Id | null | undefined) => {
    // Who asks for the same in earnest hears of an error.
    if (wanted) loader.load(wanted).catch(() => undefined);
  };
  ask(loaders.view, id);
  if (fields.has('inReplyTo')) ask(loaders.view, known?.parentId);
  if (fields.has('quoted')) ask(loaders.view, known?.quotedId);
  if (COUNTERS.some((name) => fields.has(name))) ask(loaders.counters, id);
  for (const [field, mark] of MARKS) if (fields.has(field)) ask(loaders.marked[mark], id);
}

const COUNTERS = ['likeCount', 'retweetCount', 'replyCount', 'quoteCount'] as const;
const MARKS = [
  ['viewerHasLiked', 'liked'],
  ['viewerHasRetweeted', 'retweeted'],
  ['viewerHasBookmarked', 'bookmarked'],
] as const;

type Resolve<Value> = (tweet: TweetParent, args: object, context: TweetsContext) => Promise<Value | null>;

function content<Value>(pick: (tweet: Tweet) => Value): Resolve<Value> {
  return async ({ id }, _, context) => {
    const tweet = await shown(context, id);
    return tweet && pick(tweet);
  };
}

function counter(name: keyof Omit<Counters, 'tweetId' | 'revision'>): Resolve<number> {
  return async ({ id }, _, context) => {
    // Asked for at once, so that they need not wait for the rules.
    const [tweet, counters] = await Promise.all([shown(context, id), context.loaders.counters.load(id)]);
    return tweet && counters && counters[name];
  };
}

function mark(name: Mark): Resolve<boolean> {
  return async ({ id }, _, context) => {
    const [tweet, isMarked] = await Promise.all([shown(context, id), context.loaders.marked[name].load(id)]);
    return tweet && isMarked;
  };
}

async function shown({ loaders }: TweetsContext, id: Id): Promise<Tweet | null> {
  const view = await loaders.view.load(id);
  return view?.isShown ? view.tweet : null;
}

function person(id: Id): UserParent {
  return { __typename: 'User', id };
}

function reference(id: Id | null): TweetParent | null {
  return id === null ? null : { id };
}
