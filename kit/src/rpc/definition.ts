import type { MethodDefinition } from '@grpc/grpc-js';
import type { CallContext } from '../principal.ts';

/** A service as its generated definition describes it: method name → path, streaming, codecs. */
export type ServiceDefinition = Readonly<Record<string, UntypedMethod>>;

export type UntypedMethod = Pick<MethodDefinition<never, unknown>, 'path' | 'requestStream' | 'responseStream'> & {
  requestSerialize(value: never): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(value: never): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
};

/**
 * The plain interface of a service: what its handlers implement and its clients offer, over whatever transport.
 * The generated interfaces (`Users<CallContext>`) are the same type, with the methods' documentation.
 */
export type ServiceOf<Definition extends ServiceDefinition> = {
  [Name in keyof Definition]: (
    call: CallContext,
    request: ReturnType<Definition[Name]['requestDeserialize']>,
  ) => Answer<Definition[Name], ReturnType<Definition[Name]['responseDeserialize']>>;
};

type Answer<Method extends UntypedMethod, Response> = Method['responseStream'] extends true
  ? AsyncIterable<Response>
  : Promise<Response>;

/** Methods as plumbing sees them, having forgotten their messages' types. */
export type UntypedService = Readonly<Record<string, UntypedHandler>>;
export type UntypedHandler = (call: CallContext, request: unknown) => Promise<unknown> | AsyncIterable<unknown>;

/** Requests are single messages: a service that takes a stream is refused when it is built. */
export function methodsOf(definition: ServiceDefinition): [name: string, method: UntypedMethod][] {
  const methods = Object.entries(definition);
  const streaming = methods.find(([, method]) => method.requestStream);
  if (streaming) throw new Error(`${streaming[1].path} takes a stream of requests, which is not supported`);
  return methods;
}
