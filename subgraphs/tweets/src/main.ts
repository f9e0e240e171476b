import { runSubgraph } from '@starling/kit/servers/run-subgraph.ts';
import { GraphDefinition } from '@starling/schema/generated/rpc/graph.ts';
import { TweetsDefinition } from '@starling/schema/generated/rpc/tweets.ts';
import { UsersDefinition } from '@starling/schema/generated/rpc/users.ts';
import { tweetsConfig } from './config.ts';
import { openTweets } from './open.ts';

await runSubgraph({
  name: 'tweets',
  config: tweetsConfig,
  asks: { users: UsersDefinition, graph: GraphDefinition },
  answers: TweetsDefinition,
  open: openTweets,
});
