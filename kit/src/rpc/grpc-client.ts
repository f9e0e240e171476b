import { Client, credentials, type ChannelCredentials, type ClientUnaryCall, type ServiceError } from '@grpc/grpc-js';
import { streamWithinDeadline } from '../deadline.ts';
import { StarlingError } from '../errors.ts';
import { createLogger, type ErrorLog } from '../logger.ts';
import { maskUnexpected } from '../present-error.ts';
import type { CallContext } from '../principal.ts';
import { checkKeys } from '../signing.ts';
import { MAX_MESSAGE_BYTES } from './connection.ts';
import { methodsOf, type ServiceDefinition, type ServiceOf, type UntypedMethod } from './definition.ts';
import { signedMetadata, type Trust } from './metadata.ts';
import { fromStatus } from './status.ts';

export type GrpcClientOptions<Definition extends ServiceDefinition> = Trust & {
  /** As grpc-js resolves it: `dns:///users:50051`, `ipv4:10.0.0.1:50051,10.0.0.2:50051`, … Calls go round all of them. */
  address: string;
  /** Methods that may be repeated: they are tried up to three times while the service is away. */
  idempotent?: readonly (keyof Definition & string)[];
  /** Defaults to plain text, for a network that is closed to others. */
  credentials?: ChannelCredentials;
  logger?: ErrorLog;
};

export type GrpcClient<Definition extends ServiceDefinition> = { service: ServiceOf<Definition>; close(): void };

/** A client over the network, of the same type and manners as `createDirectClient`. It connects when first used. */
export function createGrpcClient<Definition extends ServiceDefinition>(
  definition: Definition,
  options: GrpcClientOptions<Definition>,
): GrpcClient<Definition> {
  const { address, idempotent = [], keys, audience, logger = createLogger({ name: 'rpc' }) } = options;
  checkKeys(keys);
  const connection: Connection = {
    client: new Client(address, options.credentials ?? credentials.createInsecure(), {
      'grpc.service_config': JSON.stringify(serviceConfig(definition, idempotent)),
      'grpc.service_config_disable_resolution': 1,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 5_000,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    }),
    trust: { keys, audience },
    logger,
  };
  const methods = methodsOf(definition).map(([name, method]) => [
    name,
    method.responseStream ? streamer(connection, method) : caller(connection, method),
  ]);
  return { service: Object.fromEntries(methods) as ServiceOf<Definition>, close: () => connection.client.close() };
}

type Connection = { client: Client; trust: Trust; logger: ErrorLog };

function caller({ client, trust, logger }: Connection, method: UntypedMethod) {
  return (call: CallContext, request: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      if (call.signal?.aborted) {
        reject(callerGone());
        return;
      }
      const body = method.requestSerialize(request as never);
      const metadata = signedMetadata(call, method.path, body, trust);
      const onAbort = () => running.cancel();
      const onAnswer = (error: ServiceError | null, answer: unknown) => {
        call.signal?.removeEventListener('abort', onAbort);
        if (error) reject(translate(error, call, logger));
        else resolve(answer);
      };
      const running: ClientUnaryCall = client.makeUnaryRequest(
        method.path,
        asItIs,
        method.responseDeserialize,
        body,
        metadata,
        { deadline: call.deadline },
        onAnswer,
      );
      call.signal?.addEventListener('abort', onAbort, { once: true });
    });
}

function streamer({ client, trust, logger }: Connection, method: UntypedMethod) {
  const open = (call: CallContext, request: unknown): AsyncIterable<unknown> => {
    const body = method.requestSerialize(request as never);
    const metadata = signedMetadata(call, method.path, body, trust);
    const deadline = call.deadline;
    const stream = client.makeServerStreamRequest(method.path, asItIs, method.responseDeserialize, body, metadata, {
      deadline,
    });
    // A cancelled stream reports that once more, when nobody reads it any longer.
    stream.on('error', () => undefined);
    call.signal?.addEventListener('abort', () => stream.cancel(), { once: true });
    return stream;
  };
  return (call: CallContext, request: unknown): AsyncIterable<unknown> =>
    streamWithinDeadline(
      call,
      (inner) => open(inner, request),
      (error) => translate(error, call, logger),
    );
}

function translate(error: unknown, { requestId }: CallContext, logger: ErrorLog): StarlingError {
  if (error instanceof StarlingError) return error;
  return fromStatus(error as ServiceError) ?? maskUnexpected(error, { requestId, logger });
}

function callerGone(): StarlingError {
  return new StarlingError('DEADLINE_EXCEEDED', 'The caller has gone');
}

/** Bodies are serialised before the call, because their digest is signed. */
function asItIs(body: Buffer): Buffer {
  return body;
}

function serviceConfig(definition: ServiceDefinition, idempotent: readonly string[]): object {
  const names = idempotent.map((name) => {
    const [, service, method] = definition[name]?.path.split('/') ?? [];
    if (!service || !method) throw new Error(`There is no method ${name} to repeat`);
    return { service, method };
  });
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: '0.05s',
    maxBackoff: '0.5s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return {
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: names.length > 0 ? [{ name: names, retryPolicy }] : [],
  };
}
