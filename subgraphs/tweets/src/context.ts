import type { Id } from '@starling/domain/ids.ts';
import { createCall } from '@starling/kit/call.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { ReadRouter } from '@starling/kit/postgres/read-router.ts';
import type { Foreknown } from './foreknown.ts';
import { createLoaders, type LoaderDeps, type Loaders } from './loaders.ts';
import { createPages, type Pages } from './pages.ts';

/** Resolvers of `Tweet` start from the id alone and read through the loaders, whatever led to the tweet. */
export type TweetParent = { __typename?: 'Tweet'; id: Id };
/** People are hydrated by their own subgraph. */
export type UserParent = { __typename?: 'User'; id: Id };

export type TweetsContext = {
  call: CallContext;
  viewerId: Id | null;
  loaders: Loaders;
  foreknown: Foreknown;
  pages: Pages;
  /** What was read before a change is old after it. */
  renewLoaders(): void;
  /** For an event of a subscription, which outlives the call that opened it. */
  loadersForEvent(): Loaders;
};

export type ContextDeps = LoaderDeps & { reads: Pick<ReadRouter, 'read'> };

export function createContext(deps: ContextDeps, call: CallContext): TweetsContext {
  const { principal, requestId, clientAddress } = call;
  const context: TweetsContext = {
    call,
    viewerId: principal.userId,
    loaders: createLoaders(deps, call),
    foreknown: deps.cached.foreknown,
    pages: createPages(deps.reads, call),
    renewLoaders() {
      context.loaders = createLoaders(deps, call);
    },
    loadersForEvent: () => createLoaders(deps, createCall({ principal, requestId, clientAddress })),
  };
  return context;
}
