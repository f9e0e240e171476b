import type { ExecutionResult } from 'graphql';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { PositionStore } from '@starling/kit/consistency/port.ts';
import { systemCall } from '@starling/kit/call.ts';
import type { Health } from '@starling/kit/lifecycle/health.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import { startApollo, type Operation } from './apollo.ts';
import type { GatewayConfig } from './config.ts';
import { createDataSource } from './data-source.ts';
import { createExecutor } from './executor.ts';
import { createHttpServer, type HttpServer } from '@starling/kit/http-server.ts';
import { createHttpApp } from './http.ts';
import { createLiveEdge } from './live-edge.ts';
import { observedSubgraph } from './observed-subgraph.ts';
import { createPresentError } from './present-errors.ts';
import { createAuthenticate } from './principal-of-token.ts';
import { createReadOwnWrites, NO_REPLICAS, type ReadOwnWrites } from './read-own-writes.ts';
import type { SubgraphClient } from './subgraph-client.ts';
import { serveWebSocket } from './web-socket.ts';

export type GatewayDeps = {
  supergraphSdl: string;
  /** Every one that the supergraph names. */
  subgraphs: readonly SubgraphClient[];
  users: Pick<Users<CallContext>, 'getSigningKeys' | 'checkSession'>;
  cache: Cache;
  /** Where it is remembered who has written lately, as long as some database has a replica. Absent: none has. */
  positions?: (options: { ttlMs: number }) => PositionStore;
  live: Health;
  ready: Health;
  /** Folder of the built GraphiQL page. Null: neither GraphiQL nor introspection. */
  graphiqlFolder: string | null;
  logger: Logger;
};

export type Gateway = {
  /** Port it listens on. */
  port: number;
  /** Runs one operation as the door would, without a socket. */
  execute(operation: Operation, call: CallContext): Promise<ExecutionResult>;
  /** Takes no new connection, closes sockets with 1001 and lets running requests end. May be called again. */
  stop(): Promise<void>;
};

/** The one door: HTTP and WebSocket GraphQL on one port. Resolves once it listens. */
export async function startGateway(config: GatewayConfig, deps: GatewayDeps): Promise<Gateway> {
  const { supergraphSdl, logger } = deps;
  const subgraphs = new Map(deps.subgraphs.map((subgraph) => [subgraph.name, observedSubgraph(subgraph)]));
  const dataSources = new Map([...subgraphs].map(([name, subgraph]) => [name, createDataSource(subgraph)]));
  const authenticate = createAuthenticate({ ...config, users: deps.users, cache: deps.cache });
  const ownWrites = ownWritesOf(config, deps);
  const presentError = createPresentError(logger);
  const started = await startApollo({
    executor: createExecutor(supergraphSdl, dataSources, ownWrites),
    limits: config,
    introspection: deps.graphiqlFolder !== null,
    presentError,
    logger,
  });
  const http = createHttpServer(logger);
  const sockets = serveWebSocket({
    ...config,
    ...started,
    server: http.server,
    limits: config,
    liveEdge: createLiveEdge(supergraphSdl, subgraphs, dataSources, ownWrites),
    authenticate,
    presentError,
    recheckMs: config.socketRecheckMs,
    logger,
  });
  const publicKeys = () => askForKeys(deps.users, config.requestTimeoutMs);
  http.server.on('request', createHttpApp({ ...config, ...deps, ...started, authenticate, publicKeys }));

  async function stopInOrder(): Promise<void> {
    // Every request ends by its own deadline; sockets need not wait for the slowest, but may find another process at once.
    await Promise.all([http.finishRequests(config.requestTimeoutMs), sockets.close()]);
    await http.close();
    await started.apollo.stop();
  }
  let stopping: Promise<void> | null = null;
  const stop = () => (stopping ??= stopInOrder());
  return {
    port: await listenOrStop(http, config, stop),
    execute: (operation, call) => started.execute(operation, { call }),
    stop,
  };
}

function ownWritesOf({ replicaLagMs: ttlMs }: GatewayConfig, { positions, logger }: GatewayDeps): ReadOwnWrites {
  if (positions === undefined || ttlMs === 0) return NO_REPLICAS;
  return createReadOwnWrites({ store: positions({ ttlMs }), ttlMs, logger });
}

async function listenOrStop(
  http: HttpServer,
  { port, host }: GatewayConfig,
  stop: () => Promise<void>,
): Promise<number> {
  try {
    return await http.listen(port, host);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function askForKeys(users: GatewayDeps['users'], timeoutMs: number): Promise<string> {
  return (await users.getSigningKeys(systemCall('signing-keys', { timeoutMs }), {})).jwksJson;
}
