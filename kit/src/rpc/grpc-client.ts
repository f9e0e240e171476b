import { Client, credentials, type ChannelCredentials, type ClientUnaryCall, type ServiceError } from '@grpc/grpc-js';
import { streamWithinDeadline } from '../deadline.ts';
import { StarlingError } from '../errors.ts';
import { createLogger, type ErrorLog } from '../logger.ts';
import { maskUnexpected } from '../present-error.ts';
import type { CallContext } from '../principal.ts';
import { createCallPolicy, type CallPolicy } from '../resilience/call-policy.ts';
import { checkKeys } from '../signing.ts';
import { observeCall } from '../telemetry/observe-call.ts';
import { tellPositions, WROTE_HEADER } from '../written-positions.ts';
import { CLIENT_OPTIONS } from './connection.ts';
import { methodsOf, type Method, type ServiceDefinition, type ServiceOf } from './definition.ts';
import { signedMetadata, type Trust } from './metadata.ts';
import { fromStatus } from './status.ts';

export type GrpcClientOptions = Trust & {
  /** As grpc-js resolves it: `dns:///users:50051`, `ipv4:10.0.0.1:50051,10.0.0.2:50051`, … Calls go round all of them. */
  address: string;
  /** Defaults to plain text, for a network that is closed to others. */
  credentials?: ChannelCredentials;
  logger?: ErrorLog;
};

export type GrpcClient<Definition extends ServiceDefinition> = { service: ServiceOf<Definition>; close(): void };

/**
 * A client over the network, of the same type and manners as `createDirectClient`. It connects when first used. While the
 * service is away, calls that its proto declares idempotent are tried again, each time signed anew; streams are not.
 */
export function createGrpcClient<Definition extends ServiceDefinition>(
  definition: Definition,
  options: GrpcClientOptions,
): GrpcClient<Definition> {
  const { address, keys, audience, logger = createLogger({ name: 'rpc' }) } = options;
  checkKeys(keys);
  const peer = `The service ${audience}`;
  const connection: Connection = {
    client: new Client(address, options.credentials ?? credentials.createInsecure(), CLIENT_OPTIONS),
    trust: { keys, audience },
    policy: createCallPolicy({ peer, logger }),
    peer,
    logger,
  };
  const methods = methodsOf(definition).map(([name, method]) => [
    name,
    method.isStream ? streamer(connection, method) : caller(connection, method),
  ]);
  return { service: Object.fromEntries(methods) as ServiceOf<Definition>, close: () => connection.client.close() };
}

type Connection = { client: Client; trust: Trust; policy: CallPolicy; peer: string; logger: ErrorLog };

function caller(connection: Connection, method: Method) {
  const repeatable = method.isIdempotent ? 'always' : 'if unsent';
  return (call: CallContext, request: unknown): Promise<unknown> => {
    const body = method.request.encode(request);
    const run = () => connection.policy.run(call, repeatable, (attempt) => callOnce(connection, method, attempt, body));
    return observeCall({ side: 'client', path: method.path }, run);
  };
}

function callOnce(connection: Connection, method: Method, call: CallContext, body: Buffer): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    if (call.signal?.aborted) {
      reject(callerGone());
      return;
    }
    const metadata = signedMetadata(call, method.path, body, connection.trust);
    const onAbort = () => running.cancel();
    const onAnswer = (error: ServiceError | null, answer: unknown) => {
      call.signal?.removeEventListener('abort', onAbort);
      if (error) reject(translate(error, call, connection));
      else resolve(answer);
    };
    const running: ClientUnaryCall = connection.client.makeUnaryRequest(
      method.path,
      asItIs,
      method.response.decode,
      body,
      metadata,
      { deadline: call.deadline },
      onAnswer,
    );
    running.on('status', ({ metadata }) => tellPositions(call, metadata.get(WROTE_HEADER)[0]));
    call.signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function streamer(connection: Connection, method: Method) {
  const open = (call: CallContext, request: unknown): AsyncIterable<unknown> => {
    const body = method.request.encode(request);
    const metadata = signedMetadata(call, method.path, body, connection.trust);
    const { deadline } = call;
    const stream = connection.client.makeServerStreamRequest(
      method.path,
      asItIs,
      method.response.decode,
      body,
      metadata,
      { deadline },
    );
    // A cancelled stream reports that once more, when nobody reads it any longer.
    stream.on('error', () => undefined);
    call.signal?.addEventListener('abort', () => stream.cancel(), { once: true });
    return stream;
  };
  return (call: CallContext, request: unknown): AsyncIterable<unknown> =>
    streamWithinDeadline(
      call,
      (inner) => open(inner, request),
      (error) => translate(error, call, connection),
    );
}

function translate(error: unknown, { requestId }: CallContext, { peer, logger }: Connection): StarlingError {
  if (error instanceof StarlingError) return error;
  return fromStatus(error as ServiceError, peer) ?? maskUnexpected(error, { requestId, logger });
}

function callerGone(): StarlingError {
  return new StarlingError('DEADLINE_EXCEEDED', 'The caller has gone');
}

/** Bodies are serialised before the call, because their digest is signed. */
function asItIs(body: Buffer): Buffer {
  return body;
}
