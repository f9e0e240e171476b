import type { Id } from '@starling/domain/ids.ts';
import { createBoundedMap } from '@starling/kit/cache/bounded-map.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { listenToFollows, type ListenDeps } from './listen-to-follows.ts';
import { decodeNews, homeChannel } from './live-channel.ts';
import type { AsksUsers } from './people.ts';
import { keepAtHome } from './read-home.ts';
import { viewpointOf, type ViewerPoint } from './viewpoint.ts';

export type WatchDeps = ListenDeps & {
  pubsub: Pick<PubSub, 'subscribe'>;
  tweets: Pick<Tweets<CallContext>, 'getEntries'>;
  users: AsksUsers;
  /** As in domain/home-timeline.ts. */
  collapseWithin: number;
};

/** What is new, and the viewer by whose relations it belongs there. */
export type HomeNews = { facts: EntryFacts; viewer: ViewerPoint };

/** Ids a subscription remembers, so that a redelivered event is told once. */
const REMEMBERED = 1_000;
const CHECK_MS = 5_000;

/**
 * What enters the viewer's home timeline from now on, each entry once, by relations and facts as they are when it comes. A tweet
 * that is among the `collapseWithin` newest that have entered meanwhile is not told again; the next read names who put it there.
 * What stood in the timeline before is not looked at: its tweets come once more, as they do to who reads anew.
 * Ends with UNAVAILABLE if the listener was too slow and entries were lost: it reads the timeline and subscribes again.
 */
export async function watchHome(
  deps: WatchDeps,
  call: CallContext,
  viewerId: Id,
): Promise<AsyncIterableIterator<HomeNews>> {
  const messages = await deps.pubsub.subscribe([homeChannel(viewerId)]);
  const follows = await listenToFollows(deps, { call, viewerId, messages });
  const seen = createBoundedMap<Id, true>(REMEMBERED);
  const newest: Id[] = [];

  /** Null for what is not to be told. */
  async function look(entryId: Id): Promise<HomeNews | null> {
    if (seen.get(entryId)) return null;
    const found = await lookAt(deps, call, viewerId, entryId);
    if (!found) return null;
    seen.set(entryId, true);
    const { tweetId } = found.facts;
    const isThere = newest.includes(tweetId);
    newest.unshift(tweetId);
    newest.splice(deps.collapseWithin);
    return isThere ? null : found;
  }
  async function next(): Promise<IteratorResult<HomeNews>> {
    for (;;) {
      const step = await messages.next();
      if (step.done) return { done: true, value: undefined };
      const message = step.value;
      if (message.dropped > 0)
        throw new StarlingError('UNAVAILABLE', 'Updates were lost: read the timeline and subscribe again');
      const news = decodeNews(message.payload);
      if (news === null) continue;
      if ('follows' in news) await follows.renew();
      else {
        const shown = await look(news.entryId);
        if (shown) return { done: false, value: shown };
      }
    }
  }
  async function end(): Promise<IteratorResult<HomeNews>> {
    follows.stop();
    await messages.return?.();
    return { done: true, value: undefined };
  }
  const updates: AsyncIterableIterator<HomeNews> = { next, return: end, [Symbol.asyncIterator]: () => updates };
  return updates;
}

async function lookAt(deps: WatchDeps, call: CallContext, viewerId: Id, entryId: Id): Promise<HomeNews | null> {
  const frame: CallContext = { ...call, deadline: deps.now() + CHECK_MS, signal: undefined };
  const [viewer, { entries }] = await Promise.all([
    viewpointOf(deps.graph, frame, viewerId),
    deps.tweets.getEntries(frame, { ids: [entryId] }),
  ]);
  const [facts] = await keepAtHome(deps.users, frame, viewer, entries);
  return facts ? { facts, viewer } : null;
}
