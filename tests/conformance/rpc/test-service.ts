import { createCall } from '@starling/kit/call.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { ANONYMOUS, type CallContext } from '@starling/kit/principal.ts';
import { createGrpcClient, type GrpcClient, type GrpcClientOptions } from '@starling/kit/rpc/grpc-client.ts';
import { grpcService, serveGrpc, type GrpcServer, type GrpcServerOptions } from '@starling/kit/rpc/grpc-server.ts';
import { GraphDefinition, type Graph } from '@starling/schema/generated/rpc/graph.ts';

export const KEYS = ['k'.repeat(32), 'old'.repeat(11)];
export const AUDIENCE = 'graph';
export const principal = { ...ANONYMOUS, userId: '7', scopes: ['read', 'write'], roles: ['moderator'] };

export const call = (over: Partial<CallContext> & { timeoutMs?: number } = {}) => createCall({ principal, ...over });

export type TestService = {
  handlers: Graph<CallContext>;
  /** Calls that handlers saw. */
  seen: CallContext[];
  logged: object[];
  logger: { error(fields: object): void };
  /** Calls of users `away` and of `importFollows` that failed, or will not any more. */
  attempts: number;
  /** How often these fail before they succeed. Default 2. */
  failures: number;
  /** Settles when a call of user `hangs` runs. */
  started: PromiseWithResolvers<undefined>;
  /** Settles when it was told that nobody waits any more. */
  aborted: PromiseWithResolvers<undefined>;
  serve(options?: Partial<GrpcServerOptions>): Promise<GrpcServer>;
  connect(address: string, options?: Partial<GrpcClientOptions>): GrpcClient<typeof GraphDefinition>;
};

/** A service whose behaviour the request's user id says. */
export function createTestService(): TestService {
  const service: TestService = {
    handlers: handlersOf(() => service),
    seen: [],
    logged: [],
    logger: { error: (fields) => void service.logged.push(fields) },
    attempts: 0,
    failures: 2,
    started: Promise.withResolvers(),
    aborted: Promise.withResolvers(),
    serve: (options) =>
      serveGrpc({
        services: [grpcService(GraphDefinition, service.handlers)],
        address: '127.0.0.1:0',
        keys: KEYS,
        audience: AUDIENCE,
        logger: service.logger,
        ...options,
      }),
    connect: (address, options) =>
      createGrpcClient(GraphDefinition, {
        address,
        keys: KEYS,
        audience: AUDIENCE,
        logger: service.logger,
        ...options,
      }),
  };
  return service;
}

function handlersOf(service: () => TestService): Graph<CallContext> {
  const failAtFirst = () => {
    if (++service().attempts <= service().failures) throw new StarlingError('UNAVAILABLE', 'Not yet');
  };
  return {
    async getRelations(frame, { userId }) {
      service().seen.push(frame);
      if (userId === 'typed') throw new StarlingError('RATE_LIMITED', 'Langsam, bitte: 1 €', { retryAfterMs: 5 });
      if (userId === 'broken') throw new Error('password is hunter2');
      if (userId === 'hangs') await hang(service(), frame);
      if (userId === 'away') failAtFirst();
      return { ...NOBODY, userId };
    },
    async getRelationsTo() {
      failAtFirst();
      return { relations: [] };
    },
    getFollowingAt: async () => ({ ids: [], hashtags: [] }),
    getFollowEnds: async () => ({ ends: [] }),
    async *streamFollowers(frame, { userId, pageSize }) {
      service().seen.push(frame);
      for (let page = 0; page < pageSize; page += 1) yield { ids: [String(page)] };
      if (userId === 'typed') throw new StarlingError('FORBIDDEN', 'No further');
      if (userId === 'broken') throw new Error('password is hunter2');
      if (userId === 'hangs') await hang(service(), frame);
    },
    async *streamFame() {
      yield { intervals: [], nextSinceMs: 0n, freshForMs: 1, resumeSinceMs: 0n };
    },
    listProfileOpens: async () => ({ opens: [] }),
    noteProfileOpens: async () => ({}),
    async importFollows(frame) {
      service().seen.push(frame);
      failAtFirst();
      frame.onWrote?.('starling_graph', '0/16B3748');
      return { created: 1 };
    },
  };
}

const NOBODY = {
  revision: 2n ** 62n,
  followsRevision: 1n,
  following: ['1'],
  blocking: [],
  blockedBy: [],
  muting: [],
  hashtags: [],
};

function hang({ started, aborted }: TestService, { signal }: CallContext): Promise<never> {
  started.resolve(undefined);
  return new Promise(() => signal?.addEventListener('abort', () => aborted.resolve(undefined)));
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
