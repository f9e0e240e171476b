import { runSubgraph } from '@starling/kit/servers/run-subgraph.ts';
import { GraphDefinition } from '@starling/schema/generated/rpc/graph.ts';
import { UsersDefinition } from '@starling/schema/generated/rpc/users.ts';
import { graphConfig } from './config.ts';
import { openGraph } from './open.ts';

await runSubgraph({
  name: 'graph',
  config: graphConfig,
  asks: { users: UsersDefinition },
  answers: GraphDefinition,
  open: openGraph,
});
