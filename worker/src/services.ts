import { GraphDefinition } from '@starling/schema/generated/rpc/graph.ts';
import { TweetsDefinition } from '@starling/schema/generated/rpc/tweets.ts';
import { UsersDefinition } from '@starling/schema/generated/rpc/users.ts';

/** What consumers ask of other services. */
export const SERVICES = { users: UsersDefinition, graph: GraphDefinition, tweets: TweetsDefinition } as const;
