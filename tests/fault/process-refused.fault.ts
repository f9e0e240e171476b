import { describe, expect, test } from 'vitest';
import { runProcess, SIGNING } from './support/lone-process.ts';

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:9';
const DATABASE = `postgres://somebody:hunter2@${NOWHERE}/some`;

/** What each process needs at the least, and where none of it is to be found. */
const NEEDED: Readonly<Record<string, Record<string, string>>> = {
  gateway: { REDIS_NODES: NOWHERE },
  worker: {
    REDIS_NODES: NOWHERE,
    KAFKA_BROKERS: NOWHERE,
    ELASTICSEARCH_URL: `http://${NOWHERE}`,
    USERS_DATABASE_URL: DATABASE,
    GRAPH_DATABASE_URL: DATABASE,
    TWEETS_DATABASE_URL: DATABASE,
  },
  'subgraphs/users': { REDIS_NODES: NOWHERE, USERS_DATABASE_URL: DATABASE },
  'subgraphs/graph': { REDIS_NODES: NOWHERE, GRAPH_DATABASE_URL: DATABASE },
  'subgraphs/tweets': { REDIS_NODES: NOWHERE, TWEETS_DATABASE_URL: DATABASE },
  'subgraphs/timeline': { REDIS_NODES: NOWHERE },
  'subgraphs/search': { REDIS_NODES: NOWHERE, ELASTICSEARCH_URL: `http://${NOWHERE}` },
};

describe.each(Object.keys(NEEDED))('a lone %s', (entry) => {
  const env = NEEDED[entry] ?? {};

  test('names everything that it has not been told, and does not start', async () => {
    const { code, stderr } = await runProcess(entry, {});

    expect(code).toBe(1);
    for (const name of [...Object.keys(env), 'STARLING_SIGNING_KEYS']) expect(stderr).toContain(`${name} is not set`);
  });

  test('prints what it has been told, without secrets, and connects to nothing', async () => {
    const { code, stdout, stderr } = await runProcess(entry, { ...SIGNING, ...env }, '--print-config');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`REDIS_NODES=${NOWHERE}\n`);
    expect(stdout).toContain('STARLING_SIGNING_KEYS=[hidden]\n');
    expect(stdout).not.toContain('hunter2');
  });

  test('refuses to start without its servers, and says in one line which is away', async () => {
    const { code, stderr } = await runProcess(entry, { ...SIGNING, ...env });

    expect(code).toBe(1);
    expect(stderr).toMatch(/^[\w-]+: Redis cannot be reached at 127\.0\.0\.1:9 [^\n]*\n$/);
  });
});

test('a variable that nobody knows is refused, with the one that may be meant', async () => {
  const env = { ...SIGNING, ...NEEDED['subgraphs/tweets'], TWEETS_POOLSIZE: '5' };
  const { code, stderr } = await runProcess('subgraphs/tweets', env);

  expect(code).toBe(1);
  expect(stderr).toContain('TWEETS_POOLSIZE is not known; did you mean TWEETS_POOL_SIZE?');
});

test('signing keys that protect nothing are refused', async () => {
  const env = { ...NEEDED['gateway'], STARLING_SIGNING_KEYS: 'short' };
  const { code, stderr } = await runProcess('gateway', env);

  expect(code).toBe(1);
  expect(stderr).toContain('STARLING_SIGNING_KEYS: must be secrets of 32 characters or more');
  expect(stderr).not.toContain('short');
});
