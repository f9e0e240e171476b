import { runSubgraph } from '@starling/kit/servers/run-subgraph.ts';
import { GraphDefinition } from '@starling/schema/generated/rpc/graph.ts';
import { TweetsDefinition } from '@starling/schema/generated/rpc/tweets.ts';
import { UsersDefinition } from '@starling/schema/generated/rpc/users.ts';
import { searchConfig } from './config.ts';
import { openSearch } from './open.ts';

await runSubgraph({
  name: 'search',
  config: searchConfig,
  asks: { users: UsersDefinition, graph: GraphDefinition, tweets: TweetsDefinition },
  searches: true,
  open: openSearch,
});
