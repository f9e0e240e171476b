import { GraphQLError, parse } from 'graphql';
import { composeServices } from '@apollo/composition';
import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { createLogger, type Logger } from '@starling/kit/logger.ts';
import { requireViewer } from '@starling/kit/require-viewer.ts';
import { buildSubgraph } from '@starling/kit/subgraph/build-subgraph.ts';
import { gatewayConfig, type GatewayConfig } from '../config.ts';
import { startGateway, type Gateway } from '../create-gateway.ts';
import { createInProcessSubgraph } from '../in-process-subgraph.ts';
import { createTestTokens, type TestTokens } from './test-tokens.ts';

const LINK = '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated"])';

const NOTES = /* GraphQL */ `
  extend schema ${LINK}
  type Query {
    notes(first: Int!): [Note!]!
    note(id: ID!): Note
    whoami: String @authenticated
    fails(how: String!): String
    mustFail: String!
    requestId: String!
  }
  type Mutation {
    write(text: String!): Note
  }
  type Subscription {
    written(by: String): Note
    counted(to: Int!): Int!
    breaking: Int!
  }
  type Note @key(fields: "id") {
    id: ID!
    text: String
    author: Person
    replies(first: Int!): [Note!]!
  }
  type Person @key(fields: "id", resolvable: false) {
    id: ID!
  }
`;

const PEOPLE = /* GraphQL */ `
  extend schema ${LINK}
  type Query {
    person(id: ID!): Person
  }
  type Person @key(fields: "id") {
    id: ID!
    name: String
    lookedUp: Int!
  }
`;

export type TestGateway = Gateway & {
  url: string;
  tokens: TestTokens;
  /** What was logged, as parsed JSON lines. */
  logged: Record<string, unknown>[];
  /** Tells everybody who subscribed to `written`. */
  write(text: string): Promise<void>;
  liveChannels(): number;
  /** Lets all calls of `fails(how: "waits")` end. */
  release(): void;
  /** Calls of `fails(how: "waits")` that wait. */
  waiting(): number;
  /** Times that `notes` was asked. */
  asked(): number;
};

/** The real door over two small subgraphs that share the type Person. */
export async function startTestGateway(changes: Partial<GatewayConfig> = {}): Promise<TestGateway> {
  const tokens = await createTestTokens();
  const logged: Record<string, unknown>[] = [];
  const logger = collectingLogger(logged);
  const pubsub = createEmbeddedPubSub();
  const gate = createGate();
  const names = new Map([['7', 'Ada']]);
  const gateway = await startGateway(
    { ...gatewayConfig.parse({ port: 0 }), ...changes },
    {
      supergraphSdl: supergraphSdl(),
      subgraphs: [notes(pubsub, gate), people(names)].map((subgraph) => createInProcessSubgraph(subgraph, logger)),
      users: tokens.users,
      cache: createEmbeddedCache(),
      live: async () => ({ status: 'ok', checks: {} }),
      ready: async () => ({ status: 'failing', checks: { 'event log': 'failing' } }),
      graphiqlFolder: null,
      logger,
    },
  );
  return {
    ...gateway,
    url: `http://127.0.0.1:${gateway.port}/graphql`,
    tokens,
    logged,
    write: (text) => pubsub.publish(['written'], JSON.stringify({ id: '1', text, author: { id: '7' } })),
    liveChannels: () => pubsub.channelCount(),
    release: gate.open,
    waiting: gate.waiting,
    asked: gate.asked,
  };
}

function notes(pubsub: ReturnType<typeof createEmbeddedPubSub>, gate: ReturnType<typeof createGate>) {
  const note = (id: string) => ({ id, text: `Note ${id}`, author: { id: '7' } });
  const some = (first: number) => Array.from({ length: first }, (_, index) => note(String(index)));
  return buildSubgraph({
    name: 'notes',
    typeDefs: NOTES,
    createContext: (call: CallContext) => ({ call }),
    resolvers: {
      Query: {
        notes: (_: unknown, { first }: { first: number }) => gate.count(some(first)),
        note: (_: unknown, { id }: { id: string }) => note(id),
        whoami: (_: unknown, __: unknown, { call }: { call: CallContext }) => requireViewer(call),
        requestId: (_: unknown, __: unknown, { call }: { call: CallContext }) => call.requestId,
        fails: (_: unknown, { how }: { how: string }) => fail(how, gate),
        mustFail: () => null,
      },
      Mutation: { write: (_: unknown, { text }: { text: string }) => ({ ...note('9'), text }) },
      Note: {
        __resolveReference: ({ id }: { id: string }) => note(id),
        replies: (_: unknown, { first }: { first: number }) => some(first),
      },
      Subscription: {
        written: {
          subscribe: () => pubsub.subscribe(['written']),
          resolve: ({ payload }: { payload: string }) => {
            if (payload.includes('boom')) throw new Error('secret of an event');
            return JSON.parse(payload) as unknown;
          },
        },
        counted: {
          async *subscribe(_: unknown, { to }: { to: number }) {
            for (let counted = 1; counted <= to; counted += 1) yield { counted };
          },
        },
        breaking: {
          async *subscribe() {
            yield { breaking: 1 };
            throw new StarlingError('UNAVAILABLE', 'The source has broken');
          },
        },
      },
    },
  });
}

async function fail(how: string, gate: ReturnType<typeof createGate>): Promise<string> {
  if (how === 'waits') return gate.pass();
  if (how === 'coded') throw new StarlingError('RATE_LIMITED', 'Slower, please', { retryAfterMs: 5 });
  if (how === 'hangs') return new Promise<never>(() => undefined);
  if (how === 'graphql') throw new GraphQLError('secret of a library');
  throw new Error('secret of a fault');
}

function people(names: Map<string, string>) {
  let lookups = 0;
  const find = (id: string) => (names.has(id) ? { id, name: names.get(id) } : null);
  return buildSubgraph({
    name: 'people',
    typeDefs: PEOPLE,
    createContext: (call: CallContext) => ({ call }),
    resolvers: {
      Query: { person: (_: unknown, { id }: { id: string }) => find(id) },
      Person: { __resolveReference: ({ id }: { id: string }) => find(id), lookedUp: () => (lookups += 1) },
    },
  });
}

export function supergraphSdl(): string {
  const composed = composeServices([
    { name: 'notes', url: 'http://notes', typeDefs: parse(NOTES) },
    { name: 'people', url: 'http://people', typeDefs: parse(PEOPLE) },
  ]);
  if (composed.errors) throw new AggregateError(composed.errors, composed.errors.map(({ message }) => message).join());
  return composed.supergraphSdl;
}

function createGate() {
  const waiting = new Set<(text: string) => void>();
  let asked = 0;
  return {
    pass: () => new Promise<string>((resolve) => waiting.add(resolve)),
    open() {
      for (const resolve of waiting) resolve('done');
      waiting.clear();
    },
    waiting: () => waiting.size,
    count<Value>(value: Value): Value {
      asked += 1;
      return value;
    },
    asked: () => asked,
  };
}

export function collectingLogger(lines: Record<string, unknown>[]): Logger {
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return createLogger({ name: 'test', level: 'warn', destination: { write } });
}
