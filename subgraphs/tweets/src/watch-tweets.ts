import { isId, isRetweetId, type Id } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import { coalesce } from './coalesce.ts';
import type { TweetsContext } from './context.ts';
import type { Loaders } from './loaders.ts';

export type WatchDeps = {
  pubsub: Pick<PubSub, 'subscribe'>;
  /** Changes of one tweet within this time are told once. */
  updateWindowMs: number;
};

export type TweetUpdate = { tweetUpdates: { tweet: { id: Id } } };

const MAX_WATCHED = 100;

/** Where the changes of a tweet are published. */
export function channelOf(tweetId: Id): string {
  return `tweet.${tweetId}`;
}

/** Ids of watched tweets as they change. One that may not be shown (any more) is told once, as a tombstone. */
export async function watchTweets(
  { pubsub, updateWindowMs }: WatchDeps,
  { loadersForEvent }: Pick<TweetsContext, 'loadersForEvent'>,
  ids: readonly string[],
): Promise<AsyncIterableIterator<TweetUpdate>> {
  const watched = new Map(checkIds(ids).map((id) => [channelOf(id), id]));
  const messages = await pubsub.subscribe([...watched.keys()]);
  const changed = coalesce(messages, {
    keyOf: ({ channel }) => watched.get(channel),
    everyKey: [...watched.values()],
    windowMs: updateWindowMs,
  });
  const told = new Set<Id>();
  const updates: AsyncIterableIterator<TweetUpdate> = {
    async next() {
      for (;;) {
        const { value: id, done } = await changed.next();
        if (done) return { value: undefined, done: true };
        if (await isWorthTelling(loadersForEvent(), id, told))
          return { value: { tweetUpdates: { tweet: { id } } }, done: false };
      }
    },
    async return() {
      await changed.return();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]: () => updates,
  };
  return updates;
}

async function isWorthTelling(loaders: Pick<Loaders, 'view'>, id: Id, told: Set<Id>): Promise<boolean> {
  const view = await loaders.view.load(id);
  if (view === null) return false;
  if (view.isShown) {
    told.delete(id);
    return true;
  }
  const isNew = !told.has(id);
  told.add(id);
  return isNew;
}

function checkIds(ids: readonly string[]): Id[] {
  if (ids.length === 0 || ids.length > MAX_WATCHED) throw badIds(`"ids" must hold 1 to ${MAX_WATCHED} ids`);
  const bad = ids.find((id) => !isId(id) || isRetweetId(id));
  if (bad !== undefined) throw badIds(`${JSON.stringify(bad)} is no id of a tweet`);
  return [...new Set(ids)];
}

function badIds(message: string): StarlingError {
  return new StarlingError('BAD_USER_INPUT', message, { argument: 'ids' });
}
