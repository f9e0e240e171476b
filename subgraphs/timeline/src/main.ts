import { runSubgraph } from '@starling/kit/servers/run-subgraph.ts';
import { GraphDefinition } from '@starling/schema/generated/rpc/graph.ts';
import { TweetsDefinition } from '@starling/schema/generated/rpc/tweets.ts';
import { UsersDefinition } from '@starling/schema/generated/rpc/users.ts';
import { timelineConfig } from './config.ts';
import { openTimeline } from './open.ts';

await runSubgraph({
  name: 'timeline',
  config: timelineConfig,
  asks: { users: UsersDefinition, graph: GraphDefinition, tweets: TweetsDefinition },
  open: openTimeline,
});
