import type { Id } from '@starling/domain/ids.ts';
import { createCall } from '@starling/kit/call.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { createLoaders, type LoaderDeps, type Loaders } from './loaders.ts';

/** Resolvers of `Tweet` start from the id alone and read through the loaders, whatever led to the tweet. */
export type TweetParent = { __typename?: 'Tweet'; id: Id };
/** People are hydrated by their own subgraph. */
export type UserParent = { __typename?: 'User'; id: Id };

export type TweetsContext = {
  call: CallContext;
  viewerId: Id | null;
  loaders: Loaders;
  /** What was read before a change is old after it. */
  renewLoaders(): void;
  /** For an event of a subscription, which outlives the call that opened it. */
  loadersForEvent(): Loaders;
};

export function createContext(deps: LoaderDeps, call: CallContext): TweetsContext {
  const { principal, requestId, clientAddress } = call;
  const context: TweetsContext = {
    call,
    viewerId: principal.userId,
    loaders: createLoaders(deps, call),
    renewLoaders() {
      context.loaders = createLoaders(deps, call);
    },
    loadersForEvent: () => createLoaders(deps, createCall({ principal, requestId, clientAddress })),
  };
  return context;
}
