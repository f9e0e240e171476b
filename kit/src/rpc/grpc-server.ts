import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition as GrpcServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { once } from 'node:events';
import { StarlingError } from '../errors.ts';
import { createLogger, type ErrorLog } from '../logger.ts';
import { maskUnexpected } from '../present-error.ts';
import type { CallContext } from '../principal.ts';
import { checkKeys } from '../signing.ts';
import { MAX_MESSAGE_BYTES } from './connection.ts';
import {
  methodsOf,
  type ServiceDefinition,
  type ServiceOf,
  type UntypedMethod,
  type UntypedService,
} from './definition.ts';
import { createDirectClient } from './direct.ts';
import { verifiedCall, type Trust } from './metadata.ts';
import { toStatus } from './status.ts';

export type GrpcServerOptions = Trust & {
  services: readonly GrpcService[];
  /** Host and port to listen on; port 0 takes a free one. */
  address: string;
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
  const { services, address, keys, audience, logger = createLogger({ name: 'rpc' }) } = options;
  checkKeys(keys);
  const server = new Server({
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 5_000,
  });
  const names = services.map(({ definition, handlers }) =>
    addService(server, definition, handlers, { trust: { keys, audience }, logger }),
  );
  const health = new HealthImplementation();
  health.addToServer(server);
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

type Serving = { trust: Trust; logger: ErrorLog };

/** Answers the service's full name. */
function addService(server: Server, definition: ServiceDefinition, handlers: UntypedService, serving: Serving): string {
  // Deadlines, masking and streams behave as for callers in the same process.
  const direct = createDirectClient(
    definition,
    () => handlers as ServiceOf<ServiceDefinition>,
    serving,
  ) as UntypedService;
  const methods = methodsOf(definition);
  const raw: Record<string, GrpcServiceDefinition[string]> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [name, method] of methods) {
    const run = direct[name] as UntypedService[string];
    raw[name] = { ...method, requestSerialize: asItIs, requestDeserialize: asItIs } as GrpcServiceDefinition[string];
    implementation[name] = method.responseStream ? streamer(method, run, serving) : answerer(method, run, serving);
  }
  server.addService(raw, implementation);
  return methods[0]?.[1].path.split('/')[1] ?? '';
}

type Run = UntypedService[string];
type AnyCall = ServerUnaryCall<Buffer, unknown> | ServerWritableStream<Buffer, unknown>;

function answerer(method: UntypedMethod, run: Run, serving: Serving) {
  const handle = async (grpcCall: ServerUnaryCall<Buffer, unknown>) => {
    const { call, request } = receive(grpcCall, method, serving.trust);
    return run(call, request);
  };
  return (grpcCall: ServerUnaryCall<Buffer, unknown>, answer: sendUnaryData<unknown>) => {
    handle(grpcCall).then(
      (response) => answer(null, response),
      (error: unknown) => answer(statusOf(error, serving.logger)),
    );
  };
}

function streamer(method: UntypedMethod, run: Run, serving: Serving) {
  const handle = async (grpcCall: ServerWritableStream<Buffer, unknown>) => {
    const { call, request } = receive(grpcCall, method, serving.trust);
    for await (const item of run(call, request) as AsyncIterable<unknown>) {
      if (!grpcCall.write(item)) await once(grpcCall, 'drain', { signal: call.signal });
    }
    grpcCall.end();
  };
  return (grpcCall: ServerWritableStream<Buffer, unknown>) => {
    handle(grpcCall).catch((error: unknown) => {
      if (!grpcCall.cancelled) grpcCall.emit('error', statusOf(error, serving.logger));
    });
  };
}

/** The caller's frame and message, once the signature over both has been verified. */
function receive(grpcCall: AnyCall, method: UntypedMethod, trust: Trust): { call: CallContext; request: unknown } {
  const body = grpcCall.request;
  const frame = verifiedCall(grpcCall.metadata, method.path, body, trust);
  const controller = new AbortController();
  grpcCall.on('cancelled', () => controller.abort());
  // The transport's deadline was sent as a duration: it does not depend on both clocks agreeing.
  const sent = Number(grpcCall.getDeadline());
  const deadline = Number.isFinite(sent) ? sent : frame.deadline;
  return { call: { ...frame, deadline, signal: controller.signal }, request: decode(method, body) };
}

function decode(method: UntypedMethod, body: Buffer): unknown {
  try {
    return method.requestDeserialize(body);
  } catch (cause) {
    throw new StarlingError('BAD_REQUEST', 'The message cannot be read', {}, { cause });
  }
}

function statusOf(error: unknown, logger: ErrorLog) {
  return toStatus(maskUnexpected(error, { requestId: 'unknown', logger }));
}

function asItIs(body: Buffer): Buffer {
  return body;
}

function listen(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}
