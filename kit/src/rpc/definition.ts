import type { CallContext } from '../principal.ts';

/** A service as its proto describes it: methods by name, with their codecs and what repeating them does. */
export type ServiceDefinition = {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
};

type MethodDefinition = {
  readonly name: string;
  readonly requestType: Codec;
  readonly requestStream: boolean;
  readonly responseType: Codec;
  readonly responseStream: boolean;
  /** `option idempotency_level` of the proto. */
  readonly options: { readonly idempotencyLevel?: string };
};

type Codec = {
  encode(message: never): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
};

/**
 * The plain interface of a service: what its handlers implement and its clients offer, over whatever transport.
 * The generated interfaces (`Users<CallContext>`) are the same type, with the methods' documentation.
 */
export type ServiceOf<Definition extends ServiceDefinition> = {
  [Name in keyof Definition['methods']]: (
    call: CallContext,
    request: Message<Definition['methods'][Name]['requestType']>,
  ) => Answer<Definition['methods'][Name], Message<Definition['methods'][Name]['responseType']>>;
};

type Message<Type extends Codec> = ReturnType<Type['decode']>;
type Answer<Method extends MethodDefinition, Response> = Method['responseStream'] extends true
  ? AsyncIterable<Response>
  : Promise<Response>;

/** Methods as plumbing sees them, having forgotten their messages' types. */
export type UntypedService = Readonly<Record<string, UntypedHandler>>;
export type UntypedHandler = (call: CallContext, request: unknown) => Promise<unknown> | AsyncIterable<unknown>;

/** A method as transports need it. */
export type Method = {
  path: string;
  isStream: boolean;
  /** Leaves everything as it was. */
  isReadOnly: boolean;
  /** Done again, it has the same effect as done once. */
  isIdempotent: boolean;
  request: MessageCodec;
  response: MessageCodec;
};

export type MessageCodec = { encode(message: unknown): Buffer; decode(bytes: Buffer): unknown };

/** Requests are single messages: a service that takes a stream is refused when it is built. */
export function methodsOf({ fullName, methods }: ServiceDefinition): [name: string, method: Method][] {
  return Object.entries(methods).map(([name, method]) => {
    const path = `/${fullName}/${method.name}`;
    if (method.requestStream) throw new Error(`${path} takes a stream of requests, which is not supported`);
    const { idempotencyLevel } = method.options;
    const isReadOnly = idempotencyLevel === 'NO_SIDE_EFFECTS';
    return [
      name,
      {
        path,
        isStream: method.responseStream,
        isReadOnly,
        isIdempotent: isReadOnly || idempotencyLevel === 'IDEMPOTENT',
        request: codecOf(method.requestType),
        response: codecOf(method.responseType),
      },
    ];
  });
}

function codecOf({ encode, decode }: Codec): MessageCodec {
  return {
    encode(message) {
      const bytes = encode(message as never).finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    decode,
  };
}
