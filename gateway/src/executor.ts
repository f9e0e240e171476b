import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { stripAuthDirectives } from '@starling/schema/strip-auth.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { ReadOwnWrites } from './read-own-writes.ts';
import { withoutSilentNulls } from './without-silent-nulls.ts';

/**
 * The seam behind which queries and mutations are planned and run. Apollo Server asks no more of it than
 * `load() → { schema, executor }` and `stop()`, so another executor takes this place without touching the door.
 */
export function createExecutor(
  supergraphSdl: string,
  dataSources: ReadonlyMap<string, GraphQLDataSource>,
  ownWrites: ReadOwnWrites,
): GatewayInterface {
  const gateway = new ApolloGateway({
    // The subgraphs enforce their auth directives themselves; this gateway refuses a schema that names them.
    supergraphSdl: stripAuthDirectives(supergraphSdl),
    buildService: ({ name }) => {
      const source = dataSources.get(name);
      if (source === undefined) throw new Error(`The supergraph names a subgraph "${name}" that nobody serves.`);
      return source;
    },
  });
  return {
    async load(options) {
      const { executor } = await gateway.load(options);
      if (executor === null) throw new Error('The gateway has loaded no executor.');
      return {
        executor: async (request) => {
          const context = request.context as GatewayContext;
          const run = (call: GatewayContext['call']) => {
            context.call = call;
            return executor(request);
          };
          return withoutSilentNulls(await ownWrites.run(context.call, run));
        },
      };
    },
    onSchemaLoadOrUpdate: (listener) => gateway.onSchemaLoadOrUpdate(listener),
    stop: () => gateway.stop(),
  };
}
