import { openGraph, type OpenedGraph } from '@starling/graph/open.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { createDirectClient } from '@starling/kit/rpc/direct.ts';
import type { OpenedSubgraph } from '@starling/kit/subgraph/port.ts';
import { GraphDefinition, type Graph } from '@starling/schema/generated/rpc/graph.ts';
import { TweetsDefinition, type Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import { UsersDefinition, type Users } from '@starling/schema/generated/rpc/users.ts';
import { openSearch, type OpenedSearch } from '@starling/search/open.ts';
import { openTimeline, type OpenedTimeline } from '@starling/timeline/open.ts';
import { openTweets, type OpenedTweets } from '@starling/tweets/open.ts';
import { openUsers, type OpenedUsers } from '@starling/users/open.ts';
import type { StackConfig } from './config.ts';
import type { Databases } from './databases.ts';
import type { Ports } from './open-ports.ts';

export type Services = { users: Users<CallContext>; graph: Graph<CallContext>; tweets: Tweets<CallContext> };

/** What operators may do to accounts, and to the counters of people and of tweets. */
export type Operators = OpenedUsers['operators'] & {
  reconcilePeople: OpenedGraph['operators']['reconcileCounters'];
  reconcileTweets: OpenedTweets['operators']['reconcileCounters'];
  rebuildSearch: OpenedSearch['operators']['rebuild'];
  dropTimelines: OpenedTimeline['dropTimelines'];
  dropAllTimelines: OpenedTimeline['dropAllTimelines'];
};

type Deps = Omit<Ports, 'close'> & { databases: Databases; logger: Logger };

/** Opens every subgraph. They ask each other by direct calls, bound late because each may need the others. */
export async function openSubgraphs(
  config: StackConfig,
  { databases, logger, ...ports }: Deps,
): Promise<{
  opened: OpenedSubgraph<unknown>[];
  services: Services;
  operators: Operators;
  timeline: OpenedTimeline;
}> {
  const handlers: Partial<Services> = {};
  const services: Services = {
    users: createDirectClient(UsersDefinition, () => bound(handlers.users), { logger }),
    graph: createDirectClient(GraphDefinition, () => bound(handlers.graph), { logger }),
    tweets: createDirectClient(TweetsDefinition, () => bound(handlers.tweets), { logger }),
  };
  const shared = { ...ports, services };
  const named = (name: string) => ({ ...shared, logger: logger.child({ subgraph: name }) });

  const opening = [
    openUsers({ ...config.users, databaseUrl: databases.users }, named('users')),
    openGraph({ ...config.graph, databaseUrl: databases.graph }, named('graph')),
    openTweets({ ...config.tweets, databaseUrl: databases.tweets }, named('tweets')),
    openTimeline(config.timeline, named('timeline')),
    openSearch(config.search, named('search')),
  ] as const;
  try {
    const [users, graph, tweets, timeline, search] = await Promise.all(opening);
    Object.assign(handlers, { users: users.rpc, graph: graph.rpc, tweets: tweets.rpc } satisfies Services);
    const operators: Operators = {
      ...users.operators,
      reconcilePeople: graph.operators.reconcileCounters,
      reconcileTweets: tweets.operators.reconcileCounters,
      rebuildSearch: search.operators.rebuild,
      dropTimelines: timeline.dropTimelines,
      dropAllTimelines: timeline.dropAllTimelines,
    };
    return { opened: [users, graph, tweets, timeline, search], services, operators, timeline };
  } catch (error) {
    await closeOpened(opening);
    throw error;
  }
}

async function closeOpened(opening: readonly Promise<OpenedSubgraph<unknown>>[]): Promise<void> {
  for (const result of await Promise.allSettled(opening)) {
    if (result.status === 'fulfilled') await result.value.close();
  }
}

function bound<Handlers>(handlers: Handlers | undefined): Handlers {
  if (handlers === undefined) throw new Error('A service was asked before it was opened.');
  return handlers;
}
