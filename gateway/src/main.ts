import { z } from 'zod';
import { createRedisPositionStore } from '@starling/kit/consistency/redis.ts';
import { openServices } from '@starling/kit/servers/asked-services.ts';
import { startAdminServer } from '@starling/kit/servers/admin-server.ts';
import { redisConfig, rpcTargets, subgraphUrls } from '@starling/kit/servers/config.ts';
import { openServers } from '@starling/kit/servers/open-servers.ts';
import { runProcess } from '@starling/kit/servers/run-process.ts';
import { metricsText } from '@starling/kit/telemetry/metrics.ts';
import { UsersDefinition } from '@starling/schema/generated/rpc/users.ts';
import { readSupergraph } from '@starling/schema/read-supergraph.ts';
import { gatewayConfig } from './config.ts';
import { startGateway } from './create-gateway.ts';
import { createHttpSubgraph } from './http-subgraph.ts';
import { subgraphNames } from './subgraph-names.ts';

/** GraphiQL and introspection are for development. */
const doorConfig = z.object({ graphiqlFolder: z.string().optional() });

const supergraphSdl = await readSupergraph();
const names = subgraphNames(supergraphSdl);

await runProcess({
  name: 'gateway',
  description: 'The one door: HTTP and WebSocket GraphQL over all subgraphs.',
  isBalanced: true,
  parts: () => ({
    gateway: { prefix: 'GATEWAY', schema: gatewayConfig },
    door: { prefix: 'DOOR', schema: doorConfig },
    redis: { prefix: 'REDIS', schema: redisConfig },
    rpc: { prefix: 'RPC', schema: rpcTargets(['users']), isShared: true },
    subgraph: { prefix: 'SUBGRAPH', schema: subgraphUrls(names) },
  }),
  async start(config, { logger, add, health }) {
    const { namespace, signingKeys: keys, host, httpPort } = config.process;
    const servers = await openServers({ redis: config.redis, namespace, logger });
    await add({ name: 'servers', close: servers.close });
    const asked = openServices({ users: UsersDefinition }, { targets: config.rpc, keys, logger });
    await add({ name: 'services', close: asked.close });
    const subgraphs = names.map((name) =>
      createHttpSubgraph({ name, url: config.subgraph[`${name}Url`] ?? '', keys, logger }),
    );
    await add({ name: 'subgraphs', close: () => Promise.all(subgraphs.map((subgraph) => subgraph.close())) });

    const { live, ready } = health();
    const admin = await startAdminServer({ live, ready, metrics: metricsText, host, port: httpPort, logger });
    await add({ name: 'admin', close: admin.close });
    const gateway = await startGateway(config.gateway, {
      supergraphSdl,
      subgraphs,
      users: asked.services.users,
      cache: servers.cache,
      positions: (options) => createRedisPositionStore({ ...options, redis: servers.redis.connection, namespace }),
      live,
      ready,
      graphiqlFolder: config.door.graphiqlFolder ?? null,
      logger,
    });
    // Closed also where it could not be paused any more.
    await add({ name: 'gateway', pause: gateway.stop, close: gateway.stop });
  },
});
