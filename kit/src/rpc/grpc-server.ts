import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { bulkhead } from 'cockatiel';
import { HealthImplementation } from 'grpc-health-check';
import { createLogger, type ErrorLog } from '../logger.ts';
import { checkKeys } from '../signing.ts';
import { createMemoryNonces, type NonceStore } from '../signing/nonces.ts';
import { SERVER_OPTIONS } from './connection.ts';
import { methodsOf, type ServiceDefinition, type ServiceOf, type UntypedService } from './definition.ts';
import { createDirectClient } from './direct.ts';
import { answerer, streamer, type Serving } from './handle-call.ts';
import type { Trust } from './metadata.ts';

export type GrpcServerOptions = Trust & {
  services: readonly GrpcService[];
  /** Host and port to listen on; port 0 takes a free one. */
  address: string;
  /** Where calls that change something are remembered, once taken; shared by all instances. Default: by this process alone. */
  nonces?: NonceStore;
  /** Calls at a time; what comes beyond is refused with UNAVAILABLE. Default 1,000. */
  maxRunning?: number;
  credentials?: ServerCredentials;
  logger?: ErrorLog;
};

/** Stops in three steps: no longer healthy, running calls end, whatever is left is cut off. */
export type GrpcServer = { port: number; pause(): void; drain(): Promise<void>; close(): Promise<void> };

export type GrpcService = { definition: ServiceDefinition; handlers: UntypedService };

/** A service to serve, with its types checked and then forgotten. */
export function grpcService<Definition extends ServiceDefinition>(
  definition: Definition,
  handlers: NoInfer<ServiceOf<Definition>>,
): GrpcService {
  return { definition, handlers: handlers as UntypedService };
}

/** Serves signed calls, and the standard health service for whoever balances (unsigned: it tells nothing else). */
export async function serveGrpc(options: GrpcServerOptions): Promise<GrpcServer> {
  const { services, address, keys, audience, maxRunning = 1_000, logger = createLogger({ name: 'rpc' }) } = options;
  const { nonces = createMemoryNonces() } = options;
  checkKeys(keys);
  const server = new Server(SERVER_OPTIONS);
  const serving: Serving = { trust: { keys, audience }, nonces, places: bulkhead(maxRunning), logger };
  for (const { definition, handlers } of services) addService(server, definition, handlers, serving);
  const health = new HealthImplementation();
  health.addToServer(server);
  const names = services.map(({ definition }) => definition.fullName);
  const tell = (status: 'SERVING' | 'NOT_SERVING') => ['', ...names].forEach((name) => health.setStatus(name, status));
  const port = await listen(server, address, options.credentials ?? ServerCredentials.createInsecure());
  tell('SERVING');
  return {
    port,
    pause: () => tell('NOT_SERVING'),
    drain: () => new Promise((resolve, reject) => server.tryShutdown((error) => (error ? reject(error) : resolve()))),
    close: async () => server.forceShutdown(),
  };
}

type Raw = Parameters<Server['addService']>[0];

function addService(server: Server, definition: ServiceDefinition, handlers: UntypedService, serving: Serving): void {
  // Deadlines, masking and streams behave as for callers in the same process.
  const direct = createDirectClient(
    definition,
    () => handlers as ServiceOf<ServiceDefinition>,
    serving,
  ) as UntypedService;
  const raw: Record<string, Raw[string]> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [name, method] of methodsOf(definition)) {
    const run = direct[name] as UntypedService[string];
    raw[name] = {
      path: method.path,
      requestStream: false,
      responseStream: method.isStream,
      // Bodies are read once their signature is verified.
      requestSerialize: (body: Buffer) => body,
      requestDeserialize: (body) => body,
      responseSerialize: method.response.encode,
      responseDeserialize: method.response.decode,
    };
    implementation[name] = method.isStream ? streamer(method, run, serving) : answerer(method, run, serving);
  }
  server.addService(raw, implementation);
}

function listen(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}
