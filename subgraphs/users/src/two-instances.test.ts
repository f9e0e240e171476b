import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { ANONYMOUS } from '@starling/kit/principal.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { createEmbeddedRateLimiter } from '@starling/kit/rate-limit/embedded.ts';
import type { RateLimitOptions } from '@starling/kit/rate-limit/port.ts';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usersConfig } from './config.ts';
import { openUsers, type OpenedUsers } from './open.ts';
import { callAs, PASSWORD } from './testing/open-test-users.ts';

const rateLimiter = (_name: string, limits: RateLimitOptions) => createEmbeddedRateLimiter(limits);

let database: TestDatabase;
let both: OpenedUsers[];

/** Two processes' worth of users, opened at the same moment on a database that nobody has opened before. */
beforeEach(async () => {
  database = await createTestDatabase();
  const cache = createEmbeddedCache();
  const logger = createLogger({ name: 'users', level: 'silent' });
  const config = usersConfig.parse({ databaseUrl: database.url, passwordMemoryKiB: 8, passwordPasses: 1 });
  both = await Promise.all([1, 2].map(() => openUsers(config, { logger, cache, rateLimiter })));
});
afterEach(async () => {
  await Promise.all(both.map((users) => users.close()));
  await database.drop();
});

type Answer = {
  user: { id: string } | null;
  accessToken: string;
  refreshToken: string;
  userErrors: { code: string }[];
};

async function ask(users: OpenedUsers, field: string, input: object): Promise<Answer> {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { answer: ${field}(input: $input) { user { id } accessToken refreshToken userErrors { code } } }`;
  const call = callAs(ANONYMOUS);
  const { data, errors } = await executeInSubgraph(users.subgraph, { query, variables: { input } }, call);
  if (errors) throw new AggregateError(errors, errors[0]?.message);
  return data?.['answer'] as Answer;
}

const register = (users: OpenedUsers, handle: string) =>
  ask(users, 'register', { handle, name: handle, email: `${handle}@example.com`, password: PASSWORD });

test('the first signing key is made once, and a token of the one is good at the other', async () => {
  const [one, other] = both as [OpenedUsers, OpenedUsers];
  const { accessToken } = await register(one, 'ada');
  const { jwksJson } = await other.rpc.getSigningKeys(callAs(ANONYMOUS), {});
  const jwks = JSON.parse(jwksJson) as JSONWebKeySet;
  expect(jwks.keys).toHaveLength(1);
  await expect(jwtVerify(accessToken, createLocalJWKSet(jwks))).resolves.toBeDefined();
});

test('a handle that both are asked for at once goes to one of them', async () => {
  const answers = await Promise.all(both.map((users) => register(users, 'ada')));
  expect(answers.map(({ user, userErrors }) => (user ? 'made' : userErrors[0]?.code)).sort()).toEqual([
    'TAKEN',
    'made',
  ]);
});

test('ids are minted under different nodes and never twice', async () => {
  const { rows } = await database.pool.query<{ node: number }>(
    'SELECT node FROM id_node_lease WHERE expires_at > now()',
  );
  expect(new Set(rows.map(({ node }) => node)).size).toBe(2);
  const names = Array.from({ length: 20 }, (_, index) => `person${index}`);
  const made = await Promise.all(names.map((name, index) => register(both[index % 2]!, name)));
  expect(new Set(made.map(({ user }) => user?.id)).size).toBe(20);
});

test('a refresh token that both get at once is good for one use, and ends the session at the second', async () => {
  const [one, other] = both as [OpenedUsers, OpenedUsers];
  const { refreshToken } = await register(one, 'ada');
  const answers = await Promise.all(both.map((users) => ask(users, 'refreshSession', { refreshToken })));
  const [good, ...more] = answers.filter(({ userErrors }) => userErrors.length === 0);
  expect(more).toEqual([]);
  const again = await ask(other, 'refreshSession', { refreshToken: good?.refreshToken });
  expect(again.userErrors).toMatchObject([{ code: 'INVALID_TOKEN' }]);
});

test('a worker beside them takes no node number and does no upkeep', async () => {
  const logger = createLogger({ name: 'users', level: 'silent' });
  const config = usersConfig.parse({ databaseUrl: database.url });
  const before = await database.pool.query('SELECT node, holder FROM id_node_lease ORDER BY node');
  const worker = await openUsers(config, { logger, cache: createEmbeddedCache(), rateLimiter, role: 'worker' });
  const after = await database.pool.query('SELECT node, holder FROM id_node_lease ORDER BY node');
  expect(after.rows).toEqual(before.rows);
  await expect(register(worker, 'ada')).rejects.toThrow();
  await worker.close();
});
