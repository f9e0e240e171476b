import { Metadata, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';
import { isBulkheadRejectedError, type BulkheadPolicy } from 'cockatiel';
import { once } from 'node:events';
import { StarlingError } from '../errors.ts';
import type { ErrorLog } from '../logger.ts';
import { maskUnexpected } from '../present-error.ts';
import type { CallContext } from '../principal.ts';
import { takeOnce } from '../signing.ts';
import type { NonceStore } from '../signing/nonces.ts';
import { observeCall } from '../telemetry/observe-call.ts';
import { collectPositions, WROTE_HEADER } from '../written-positions.ts';
import type { Method, UntypedHandler } from './definition.ts';
import { verifiedCall, type Trust } from './metadata.ts';
import { toStatus } from './status.ts';

export type Serving = { trust: Trust; nonces: NonceStore; places: BulkheadPolicy; logger: ErrorLog };

type UnaryCall = ServerUnaryCall<Buffer, unknown>;
type StreamCall = ServerWritableStream<Buffer, unknown>;

/** Handles calls of a method with one answer, as grpc-js wants it. */
export function answerer(method: Method, run: UntypedHandler, serving: Serving) {
  const handle = async (grpcCall: UnaryCall) => {
    const received = await receive(grpcCall, method, serving);
    const { call, written } = collectPositions(received.call);
    const response = await run(call, received.request);
    return { response, wrote: written() };
  };
  return (grpcCall: UnaryCall, answer: sendUnaryData<unknown>) => {
    serving.places
      .execute(() => handle(grpcCall))
      .then(
        ({ response, wrote }) => answer(null, response, wrote === null ? undefined : trailerOf(wrote)),
        (error: unknown) => answer(statusOf(error, serving)),
      );
  };
}

/** Handles calls of a method with a stream of answers, no faster than they are read. */
export function streamer(method: Method, run: UntypedHandler, serving: Serving) {
  const handle = async (grpcCall: StreamCall) => {
    const { call, request } = await receive(grpcCall, method, serving);
    const send = async () => {
      for await (const item of run(call, request) as AsyncIterable<unknown>) {
        if (!grpcCall.write(item)) await once(grpcCall, 'drain', { signal: call.signal });
      }
    };
    await observeCall({ side: 'server', path: method.path, trace: call.trace }, send);
    grpcCall.end();
  };
  return (grpcCall: StreamCall) => {
    serving.places
      .execute(() => handle(grpcCall))
      .catch((error: unknown) => {
        if (!grpcCall.cancelled) grpcCall.emit('error', statusOf(error, serving));
      });
  };
}

/** The caller's frame and message, once the signature over both has been verified. */
async function receive(
  grpcCall: UnaryCall | StreamCall,
  method: Method,
  { trust, nonces }: Serving,
): Promise<{ call: CallContext; request: unknown }> {
  const body = grpcCall.request;
  const { call, verified } = verifiedCall(grpcCall.metadata, method.path, body, trust);
  if (!method.isReadOnly) await takeOnce(verified, nonces);
  const controller = new AbortController();
  grpcCall.on('cancelled', () => controller.abort());
  const sent = Number(grpcCall.getDeadline());
  const deadline = Number.isFinite(sent) ? Math.min(sent, call.deadline) : call.deadline;
  return { call: { ...call, deadline, signal: controller.signal }, request: decode(method, body) };
}

function decode(method: Method, body: Buffer): unknown {
  try {
    return method.request.decode(body);
  } catch (cause) {
    throw new StarlingError('BAD_REQUEST', 'The message cannot be read', {}, { cause });
  }
}

function trailerOf(wrote: string): Metadata {
  const trailer = new Metadata();
  trailer.set(WROTE_HEADER, wrote);
  return trailer;
}

function statusOf(error: unknown, { trust, logger }: Serving) {
  if (isBulkheadRejectedError(error))
    return toStatus(new StarlingError('UNAVAILABLE', `The service ${trust.audience} has too much to do; try again`));
  return toStatus(maskUnexpected(error, { requestId: 'unknown', logger }));
}
