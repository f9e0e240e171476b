import { createHttpSubgraph, type HttpSubgraph, type HttpSubgraphOptions } from '@starling/gateway/http-subgraph.ts';
import { createCall } from '@starling/kit/call.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { ANONYMOUS, type CallContext } from '@starling/kit/principal.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { requireViewer } from '@starling/kit/require-viewer.ts';
import { serveSubgraph, type ServedSubgraph, type ServeOptions } from '@starling/kit/serve-subgraph/serve-subgraph.ts';
import { buildSubgraph } from '@starling/kit/subgraph/build-subgraph.ts';
import type { Subgraph } from '@starling/kit/subgraph/port.ts';

export const KEYS = ['k'.repeat(32), 'old'.repeat(11)];
export const NAME = 'notes';
export const principal = { ...ANONYMOUS, userId: '7', scopes: ['read'], roles: ['moderator'] };

export const call = (over: Partial<CallContext> & { timeoutMs?: number } = {}) => createCall({ principal, ...over });

const TYPE_DEFS = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query {
    whoami: String
    fails(how: String!): String
    text(length: Int!): String!
  }
  type Mutation {
    write(text: String!): String
  }
  type Subscription {
    counted(to: Int!): Int!
    told: String!
    breaking: Int!
    forbidden: Int
    burst(size: Int!): Int!
  }
`;

export type TestSubgraph = {
  subgraph: Subgraph;
  /** Calls that resolvers saw. */
  seen: CallContext[];
  /** Texts that were written. */
  written: string[];
  /** Settles when `fails(how: "hangs")` runs. */
  started: PromiseWithResolvers<undefined>;
  /** Settles when that was told that nobody waits any more. */
  aborted: PromiseWithResolvers<undefined>;
  /** Lines that were logged as errors. */
  logged: { msg: string }[];
  /** Tells everybody who listens to `told`. */
  tell(text: string): Promise<void>;
  listeners(): Promise<number>;
  serve(options?: Partial<ServeOptions>): Promise<ServedSubgraph>;
  connect(port: number, options?: Partial<HttpSubgraphOptions>): HttpSubgraph;
};

export function createTestSubgraph(): TestSubgraph {
  const pubsub = createEmbeddedPubSub();
  const logged: { msg: string }[] = [];
  const write = (line: string) => void logged.push(JSON.parse(line) as { msg: string });
  const logger = createLogger({ name: 'test', level: 'error', destination: { write } });
  const health = async () => ({ status: 'ok', checks: {} }) as const;
  const tested: TestSubgraph = {
    subgraph: buildSubgraph({
      name: NAME,
      typeDefs: TYPE_DEFS,
      resolvers: resolversOf(() => tested, pubsub),
      createContext: (frame) => ({ call: frame }),
    }),
    seen: [],
    written: [],
    started: Promise.withResolvers(),
    aborted: Promise.withResolvers(),
    logged,
    tell: (text) => pubsub.publish(['told'], text),
    listeners: async () => pubsub.channelCount(),
    serve: (options) =>
      serveSubgraph({
        subgraph: tested.subgraph,
        keys: KEYS,
        host: '127.0.0.1',
        port: 0,
        live: health,
        ready: health,
        logger,
        ...options,
      }),
    connect: (port, options) =>
      createHttpSubgraph({ name: NAME, url: `http://127.0.0.1:${port}`, keys: KEYS, logger, ...options }),
  };
  return tested;
}

type WithCall = { call: CallContext };

function resolversOf(tested: () => TestSubgraph, pubsub: ReturnType<typeof createEmbeddedPubSub>) {
  return {
    Query: {
      whoami: (_: unknown, __: unknown, { call: frame }: WithCall) => {
        tested().seen.push(frame);
        return requireViewer(frame);
      },
      fails: (_: unknown, { how }: { how: string }, { call: frame }: WithCall) => fail(how, frame, tested()),
      text: (_: unknown, { length }: { length: number }) => 'x'.repeat(length),
    },
    Mutation: {
      write: (_: unknown, { text }: { text: string }, { call: frame }: WithCall) => {
        tested().written.push(text);
        frame.onWrote?.('starling_notes', '0/16B3748');
        return text;
      },
    },
    Subscription: {
      counted: { subscribe: (_: unknown, { to }: { to: number }) => count('counted', to) },
      burst: { subscribe: (_: unknown, { size }: { size: number }) => count('burst', size) },
      told: {
        subscribe: () => pubsub.subscribe(['told']),
        resolve: ({ payload }: { payload: string }) => payload,
      },
      breaking: { subscribe: () => breakAfterOne() },
      forbidden: {
        subscribe: () => Promise.reject(new StarlingError('FORBIDDEN', 'Not for you')),
      },
    },
  };
}

async function fail(how: string, { signal }: CallContext, { started, aborted }: TestSubgraph): Promise<string> {
  if (how === 'typed') throw new StarlingError('RATE_LIMITED', 'Langsam, bitte: 1 €', { retryAfterMs: 5 });
  if (how === 'away') throw new StarlingError('UNAVAILABLE', 'The database is away');
  if (how !== 'hangs') throw new Error('password is hunter2');
  started.resolve(undefined);
  return new Promise(() => signal?.addEventListener('abort', () => aborted.resolve(undefined)));
}

async function* count(field: string, to: number) {
  for (let counted = 1; counted <= to; counted += 1) yield { [field]: counted };
}

async function* breakAfterOne() {
  yield { breaking: 1 };
  throw new StarlingError('UNAVAILABLE', 'The source has broken');
}
