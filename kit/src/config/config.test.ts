import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { printConfig } from './print-config.ts';
import { ConfigError, readConfig, readConfigs } from './read-config.ts';
import { secret } from './secret.ts';

const schema = z
  .object({
    databaseUrl: z.string(),
    poolSize: z.coerce.number().int().min(1).default(10),
    followersAPage: z.coerce.number().int().default(500),
    signing: secret().optional(),
    isOpen: z.stringbool().default(false),
  })
  .refine(({ poolSize }) => poolSize < 100, { path: ['poolSize'], message: 'must be below 100' });

const DATABASE = { USERS_DATABASE_URL: 'postgres://u:p4ss@db/users' };
const read = (env: Record<string, string>, given?: Record<string, unknown>) =>
  readConfig({ prefix: 'USERS', schema, env: { ...DATABASE, ...env }, given });
const problemsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('reading', () => {
  test('takes variables by their names and defaults for the rest', () => {
    expect(read({ USERS_FOLLOWERS_A_PAGE: '7', USERS_IS_OPEN: 'true', PATH: '/bin', OTHER_KEY: 'x' })).toEqual({
      databaseUrl: DATABASE.USERS_DATABASE_URL,
      poolSize: 10,
      followersAPage: 7,
      isOpen: true,
    });
  });

  test('an empty variable is not set, and a given value wins', () => {
    expect(read({ USERS_POOL_SIZE: '' }).poolSize).toBe(10);
    expect(read({ USERS_POOL_SIZE: '5' }, { poolSize: 6, followersAPage: undefined })).toMatchObject({
      poolSize: 6,
      followersAPage: 500,
    });
  });

  test('tells everything that is wrong at once, by name', () => {
    const other = z.object({ port: z.coerce.number().max(65_535) });
    const parts = { users: { prefix: 'USERS', schema }, gateway: { prefix: 'GATEWAY', schema: other } };
    const env = { USERS_POOL_SIZE: 'many', USERS_POOL_SISE: '3', GATEWAY_PORT: '70000', STARLING_TYPO: '1' };
    const problems = problemsOf(() => readConfigs(parts, env));
    expect(problems).toEqual([
      'USERS_POOL_SISE is not known; did you mean USERS_POOL_SIZE?',
      'STARLING_TYPO is not known',
      'USERS_DATABASE_URL is not set',
      expect.stringMatching(/^USERS_POOL_SIZE: /),
      expect.stringMatching(/^GATEWAY_PORT: /),
    ]);
  });

  test('a rule over several values is told by the variable it names', () => {
    expect(problemsOf(() => read({ USERS_POOL_SIZE: '100' }))).toEqual(['USERS_POOL_SIZE: must be below 100']);
  });

  test('no value is ever told', () => {
    const strict = z.object({ key: secret().min(32), mode: z.enum(['a', 'b']), url: z.url() });
    const env = { X_KEY: 'hunter2', X_MODE: 'hunter2', X_URL: 'hunter2', X_KEZ: 'hunter2' };
    const problems = problemsOf(() => readConfig({ prefix: 'X', schema: strict, env }));
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('what Kubernetes tells about a service of the same name is no mistake', () => {
    const env = { USERS_SERVICE_HOST: '10.0.0.1', USERS_SERVICE_PORT: '50051', USERS_PORT: 'tcp://10.0.0.1:50051' };
    expect(() => read({ ...env, USERS_PORT_50051_TCP_ADDR: '10.0.0.1' })).not.toThrow();
  });

  test('a name for another process is no mistake where processes share such names', () => {
    const part = { prefix: 'RPC', schema: z.object({ users: z.string() }) };
    const env = { RPC_USERS: 'dns:///users:4002', RPC_GRAPH: 'dns:///graph:4002' };
    expect(readConfig({ ...part, env, isShared: true })).toEqual({ users: 'dns:///users:4002' });
    expect(problemsOf(() => readConfig({ ...part, env }))).toEqual(['RPC_GRAPH is not known']);
  });

  test('nor is it taken for a port of our own', () => {
    const schema = z.object({ port: z.coerce.number().default(4000) });
    expect(readConfig({ prefix: 'GATEWAY', schema, env: { GATEWAY_PORT: 'tcp://10.0.0.1:80' } }).port).toBe(4000);
  });
});

describe('printing', () => {
  test('gives variables back, secrets and passwords masked', () => {
    const users = read({ USERS_SIGNING: 'hunter2' });
    const printed = printConfig({
      users,
      other: { apiKey: 'hunter2', accessTokenMs: 5, proxies: ['http://a:hunter2@b', 'http://c'] },
    });
    expect(printed.split('\n')).toEqual([
      'USERS_DATABASE_URL=postgres://u:[hidden]@db/users',
      'USERS_POOL_SIZE=10',
      'USERS_FOLLOWERS_A_PAGE=500',
      'USERS_SIGNING=[hidden]',
      'USERS_IS_OPEN=false',
      'OTHER_API_KEY=[hidden]',
      'OTHER_ACCESS_TOKEN_MS=5',
      'OTHER_PROXIES=http://a:[hidden]@b,http://c',
    ]);
  });

  test('names what may be set and is not', () => {
    const schema = z.object({ url: z.string(), replicaUrl: z.string().optional(), password: secret().optional() });
    const graph = readConfig({ prefix: 'GRAPH', schema, env: { GRAPH_URL: 'db' } });
    expect(printConfig({ graph }).split('\n')).toEqual(['GRAPH_URL=db', 'GRAPH_REPLICA_URL=', 'GRAPH_PASSWORD=']);
  });

  test.each(['postgres://u:p@ss@db/x', 'postgres://db/x?user=u&password=p@ss', 'redis://:p@ss@r:6379'])('%s', (url) => {
    expect(printConfig({ a: { url } })).not.toContain('ss@');
    expect(printConfig({ a: { url } })).not.toContain('=p@ss');
  });
});
