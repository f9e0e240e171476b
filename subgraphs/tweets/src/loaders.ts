import { isRetweetId, type Id } from '@starling/domain/ids.ts';
import { accountStateOf, NO_RELATION, type AuthorFacts, type Relation } from '@starling/domain/visibility.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import DataLoader from 'dataloader';
import type { CachedTweets } from './cached-tweets.ts';
import type { References } from './foreknown.ts';
import { presentTweets, type View } from './present-tweets.ts';
import type { Store } from './store.ts';
import type { MarksImage } from './store/read-marks.ts';
import type { Mark } from './store/read-tweets.ts';
import type { Counters, Tweet } from './tweet.ts';

/** Each gathers what one operation asks for and asks for it at once. They live as long as the operation. */
export type Loaders = {
  /** Null for what never was a tweet. */
  tweet: DataLoader<Id, Tweet | null>;
  /** The tweet as this viewer may see it when it is opened or referred to; null for what never was a tweet. */
  view: DataLoader<Id, View | null>;
  counters: DataLoader<Id, Counters | null>;
  /** Somebody whom users does not know counts as erased. */
  author: DataLoader<Id, AuthorFacts>;
  /** How the viewer stands to others; nobody stands to nobody. */
  relation: DataLoader<Id, Relation>;
  /** Whether the viewer has marked the tweet so; null without a viewer. */
  marked: Record<Mark, DataLoader<Id, boolean | null>>;
};

/** Who reads, and through what. */
export type Reader = { viewerId: Id | null; loaders: Loaders };

export type LoaderDeps = {
  store: Pick<Store, 'readMarked'>;
  cached: Pick<CachedTweets, 'readTweets' | 'readCounters' | 'readMarks' | 'foreknown'>;
  services: { users: Pick<Users<CallContext>, 'getUsers'>; graph: Pick<Graph<CallContext>, 'getRelationsTo'> };
};

/** Bound of the services' bulk calls. */
const MAX_BATCH = 1_000;

export function createLoaders(deps: LoaderDeps, call: CallContext): Loaders {
  const { cached } = deps;
  const viewerId = call.principal.userId;
  const loaders: Loaders = {
    tweet: batched(async (ids) => mapOrNull(await cached.readTweets(ids.filter((id) => !isRetweetId(id))))),
    view: batched(async (ids) => {
      for (const id of ids) foresee(loaders, cached.foreknown.tweet(id));
      const tweets = await Promise.all(ids.map((id) => loaders.tweet.load(id)));
      const views = await presentTweets(
        { viewerId, loaders },
        tweets.filter((tweet) => tweet !== null),
        'direct',
      );
      return mapOrNull(new Map(views.map((view) => [view.id, view])));
    }),
    counters: batched(async (ids) => mapOrNull(await cached.readCounters(ids))),
    author: authorLoader(deps, call),
    relation: relationLoader(deps, call),
    marked: markedLoaders(deps, viewerId),
  };
  return loaders;
}

/** Asks for what the rules need of a tweet at the same time as for the tweet. */
function foresee(loaders: Loaders, known: References | undefined): void {
  if (known === undefined) return;
  // Who asks for the same in earnest hears of an error.
  for (const loader of [loaders.author, loaders.relation]) loader.load(known.authorId).catch(() => undefined);
}

/** From one image of what the viewer has marked; what it does not reach down to is asked of the store. */
function markedLoaders({ store, cached }: LoaderDeps, viewerId: Id | null): Loaders['marked'] {
  let image: Promise<MarksImage> | undefined;
  const marked = (mark: Mark) =>
    batched(async (ids) => {
      if (viewerId === null) return () => null;
      const held = (await (image ??= cached.readMarks(viewerId)))[mark];
      const older = ids.filter((id) => id < held.completeFrom);
      const found = new Set([...held.ids, ...(older.length > 0 ? await store.readMarked(mark, viewerId, older) : [])]);
      return (id) => found.has(id);
    });
  return { liked: marked('liked'), retweeted: marked('retweeted'), bookmarked: marked('bookmarked') };
}

function authorLoader({ services }: LoaderDeps, call: CallContext): DataLoader<Id, AuthorFacts> {
  return batched(async (ids) => {
    const { users } = await services.users.getUsers(call, { ids: [...ids] });
    const found = new Map(users.map((user) => [user.id, user]));
    return (id) => {
      const user = found.get(id);
      return user
        ? { id, state: accountStateOf(user.state), isPrivate: user.isPrivate }
        : { id, state: 'erased', isPrivate: false };
    };
  });
}

function relationLoader({ services }: LoaderDeps, call: CallContext): DataLoader<Id, Relation> {
  const viewerId = call.principal.userId;
  return batched(async (ids) => {
    const others = ids.filter((id) => id !== viewerId);
    if (viewerId === null || others.length === 0) return () => NO_RELATION;
    const { relations } = await services.graph.getRelationsTo(call, { userId: viewerId, otherIds: others });
    const found = new Map(relations.map((relation) => [relation.otherId, relation]));
    return (id) => found.get(id) ?? NO_RELATION;
  });
}

/** `read` answers for a whole batch with a function from id to value. */
function batched<Value>(read: (ids: readonly Id[]) => Promise<(id: Id) => Value>): DataLoader<Id, Value> {
  return new DataLoader<Id, Value>(async (ids) => ids.map(await read(ids)), { maxBatchSize: MAX_BATCH });
}

function mapOrNull<Value>(found: ReadonlyMap<Id, Value>): (id: Id) => Value | null {
  return (id) => found.get(id) ?? null;
}
