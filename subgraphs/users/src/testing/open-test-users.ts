import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { ANONYMOUS, type CallContext, type Principal } from '@starling/kit/principal.ts';
import { createEmbeddedRateLimiter } from '@starling/kit/rate-limit/embedded.ts';
import { executeInSubgraph, type SubgraphResponse } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { createDeath } from '@starling/kit/testing/death.ts';
import { userTopic, type UserEvent } from '@starling/schema/events/user-v1.ts';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { join } from 'node:path';
import { usersConfig, type UsersConfig } from '../config.ts';
import { openUsers, type OpenedUsers } from '../open.ts';

export const MIGRATIONS = join(import.meta.dirname, '../../../../prisma/users/migrations');

export type TestUsers = Awaited<ReturnType<typeof openTestUsers>>;

/** Where a payload of any mutation is asked for. */
export type Payload = {
  user: { id: string; handle: string; name: string; state: string } | null;
  accessToken: string | null;
  refreshToken: string | null;
  userErrors: { code: string; field: string[] | null }[];
};

type As = { token?: string | null; address?: string };

/** The whole of users on a fresh database, with a clock that stands until moved, and hashes that cost little. */
export async function openTestUsers(overrides: Record<string, unknown> = {}) {
  const database = await createTestDatabase(MIGRATIONS);
  const clock = { ms: Date.now() };
  const cheap = { databaseUrl: database.url, passwordMemoryKiB: 8, passwordPasses: 1 };
  const config = usersConfig.parse({ ...cheap, ...overrides });
  const logger = createLogger({ name: 'users', level: 'silent' });
  const { unanswered, spared } = createDeath();
  const cache = createEmbeddedCache();
  const users = await openUsers(config, {
    logger,
    cache: { ...cache, delete: spared(cache.delete) },
    rateLimiter: (_name, limits) => createEmbeddedRateLimiter(limits),
    now: () => clock.ms,
  });
  const principalOf = createVerifier(users, config, clock);

  async function ask<Data>(
    query: string,
    variables: object = {},
    { token, address }: As = {},
  ): Promise<SubgraphResponse<Data>> {
    const call = callAs(token ? await principalOf(token) : ANONYMOUS, address);
    return executeInSubgraph<Data>(users.subgraph, { query, variables: { ...variables } }, call, { logger });
  }

  /** One mutation by its name; answers with its payload, or with the code of the top-level error. */
  async function mutate(name: string, input: object | null, as: As = {}): Promise<Payload & { error?: string }> {
    const { data, errors } = await ask<{ result: Payload }>(
      writeMutation(name, input !== null),
      input ? { input } : {},
      as,
    );
    if (errors) return { ...NOTHING, error: String(errors[0]?.extensions?.['code']) };
    return data?.result ?? NOTHING;
  }

  return {
    ...users,
    call: callAs(ANONYMOUS),
    clock,
    database,
    config,
    ask,
    mutate,
    unanswered,
    principalOf,
    register: (handle: string, more: object = {}) =>
      mutate('register', { handle, name: handle, email: `${handle}@example.com`, password: PASSWORD, ...more }),
    eventsOf: (userId: string) => eventsOf(database, userId),
    async close() {
      await users.close();
      await database.drop();
    },
  };
}

const NOTHING: Payload = { user: null, accessToken: null, refreshToken: null, userErrors: [] };

/** What the door does: the principal of an access token. Rejects for a token that is not good now. */
function createVerifier({ rpc }: OpenedUsers, config: UsersConfig, clock: { ms: number }) {
  return async (accessToken: string): Promise<Principal> => {
    const { jwksJson } = await rpc.getSigningKeys(callAs(ANONYMOUS), {});
    const keys = createLocalJWKSet(JSON.parse(jwksJson) as JSONWebKeySet);
    const { payload } = await jwtVerify(accessToken, keys, {
      issuer: config.tokenIssuer,
      audience: config.tokenAudience,
      algorithms: ['EdDSA'],
      currentDate: new Date(clock.ms),
    });
    const { sub, sid, scope, roles } = payload as { sub: string; sid: string; scope: string; roles: string[] };
    return { userId: sub, sessionId: sid, appId: null, scopes: scope.split(' '), roles };
  };
}

function writeMutation(name: string, hasInput: boolean): string {
  const fields = `${PAYLOADS[name] ?? 'user { id handle name state }'} userErrors { code field message }`;
  if (!hasInput) return `mutation { result: ${name} { ${fields} } }`;
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  return `mutation($input: ${type}!) { result: ${name}(input: $input) { ${fields} } }`;
}

export const PASSWORD = 'correct horse';

const TOKENS = 'user { id handle name state } accessToken refreshToken';
const PAYLOADS: Readonly<Record<string, string>> = {
  register: TOKENS,
  login: TOKENS,
  refreshSession: TOKENS,
  logout: '',
  revokeSession: 'sessions { id isCurrent }',
  eraseAccount: 'erasedUserId',
};

export function callAs(principal: Principal, clientAddress: string | null = null): CallContext {
  return { principal, clientAddress, deadline: Date.now() + 30_000, requestId: 'test' };
}

/** What the outbox holds of a person, as readers of the topic see it. */
async function eventsOf({ pool }: TestDatabase, userId: string): Promise<UserEvent[]> {
  const { rows } = await pool.query<{ topic: string; payload: unknown }>(
    'SELECT topic, payload FROM outbox WHERE key = $1 ORDER BY seq',
    [userId],
  );
  return rows.map(({ topic, payload }) => {
    if (topic !== userTopic.name) throw new Error(`A foreign topic: ${topic}`);
    return userTopic.parse(JSON.stringify(payload));
  });
}

export const codes = ({ userErrors }: Pick<Payload, 'userErrors'>): string[] =>
  userErrors.map(({ code, field }) => (field ? `${code} ${field.join('.')}` : code));
