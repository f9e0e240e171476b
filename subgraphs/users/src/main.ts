import { runSubgraph } from '@starling/kit/servers/run-subgraph.ts';
import { UsersDefinition } from '@starling/schema/generated/rpc/users.ts';
import { usersConfig } from './config.ts';
import { openUsers } from './open.ts';

await runSubgraph({
  name: 'users',
  config: usersConfig,
  asks: {},
  answers: UsersDefinition,
  open: openUsers,
});
