import type { GraphQLSchema } from 'graphql';
import type { Consumer } from '../event-log/consumer.ts';
import type { OutboxSource } from '../outbox/port.ts';
import type { CallContext } from '../principal.ts';

/** A subgraph as the gateway runs it, in process or behind HTTP. */
export type Subgraph = {
  name: string;
  /** Executable, federated, with its auth directives enforced. */
  schema: GraphQLSchema;
  /** The context value of one operation; loaders live as long as it. */
  createContext(call: CallContext): object;
  /**
   * How far its database has come, for those who must see what was committed before; null if nobody need know, because it has no
   * replica. Absent: it owns no facts.
   */
  position?(): Promise<Position | null>;
};

export type Position = { database: string; position: string };

/** What `open.ts` of a subgraph gives to the composition root. `Rpc` is the handlers of its internal service. */
export type OpenedSubgraph<Rpc> = {
  name: string;
  subgraph: Subgraph;
  rpc: Rpc;
  consumers: readonly Consumer[];
  /** Null for a subgraph that owns no facts. */
  outbox: OutboxSource | null;
  /** Rejects if something that it cannot work without is away. */
  ping(): Promise<void>;
  close(): Promise<void>;
};
