import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startServers, type Servers } from '@starling/infra/start-servers.ts';
import { createCall } from '@starling/kit/call.ts';
import { createPool, type Pool } from '@starling/kit/postgres/pool.ts';
import { SQL_CHANNEL, type SqlStatement } from '@starling/kit/postgres/watch-statements.ts';
import { createReadRouter, PRIMARY_ONLY, type ReadRouter } from '@starling/kit/postgres/read-router.ts';
import { ANONYMOUS, type CallContext } from '@starling/kit/principal.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { tweetsConfig } from '@starling/tweets/config.ts';
import { openTweets } from '@starling/tweets/open.ts';
import { findFreePortOffset } from '../support/free-port-offset.ts';
import { ADA, sharedByTweets } from './support/shared-by-tweets.ts';

let root: string;
let servers: Servers;
let primary: Pool;
let operator: Pool;
let router: ReadRouter;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'starling-replica-'));
  servers = await startServers({ root, portOffset: await findFreePortOffset(), engines: ['postgres'] });
  primary = createPool({ url: servers.env.POSTGRES_URL ?? '', name: 'primary' });
  operator = createPool({ url: servers.env.POSTGRES_REPLICA_URL ?? '', name: 'operator', max: 1 });
  operator.on('error', () => undefined);
  await primary.query('CREATE TABLE note (id BIGSERIAL PRIMARY KEY, text TEXT NOT NULL)');
}, 120_000);
afterAll(async () => {
  await Promise.all([primary.end(), operator.end()]);
  await servers.stopAll();
  await rm(root, { recursive: true, force: true });
});

beforeEach(() => {
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const replicaUrl = servers.env.POSTGRES_REPLICA_URL ?? null;
  router = createReadRouter({ name: 'notes', primary, replicaUrl, pollMs: 20, maxLagMs: 500, logger });
});
afterEach(() => router.close());

const anybody = {};

/** How many notes there are, and whether the replica said so. */
async function look(call: Parameters<ReadRouter['read']>[0] = anybody) {
  return router.read(call, async (db) => {
    const { rows } = await db.query<{ count: number; isReplica: boolean }>(
      'SELECT count(*)::int AS count, pg_is_in_recovery() AS "isReplica" FROM note',
    );
    return rows[0]!;
  });
}

async function write(): Promise<{ consistency: Record<string, string> }> {
  await primary.query("INSERT INTO note (text) VALUES ('hello')");
  const wrote = await router.position();
  return { consistency: { [wrote!.database]: wrote!.position } };
}

const isRead = (by: boolean) => vi.waitFor(async () => expect((await look()).isReplica).toBe(by), 10_000);

test('own writes are always there, and the replica is read as soon as it has them', async () => {
  await isRead(true);
  let count = (await look({ consistency: PRIMARY_ONLY })).count;
  let byReplica = 0;
  for (let round = 0; round < 200; round += 1) {
    const writer = await write();
    count += 1;
    const seen = await look(writer);
    expect(seen.count).toBe(count);
    if (seen.isReplica) byReplica += 1;
  }
  const last = await write();
  await vi.waitFor(async () => expect(await look(last)).toEqual({ count: count + 1, isReplica: true }), 5000);
  expect((await look({ consistency: PRIMARY_ONLY })).isReplica).toBe(false);
  process.stdout.write(`${byReplica} of 200 writers were answered by the replica at once\n`);
});

test('a replica that stands still is not read by writers at once, and by nobody soon', async () => {
  await isRead(true);
  const { count } = await look({ consistency: PRIMARY_ONLY });
  await operator.query('SELECT pg_wal_replay_pause()');
  await vi.waitFor(async () => {
    const { rows } = await operator.query<{ state: string }>('SELECT pg_get_wal_replay_pause_state() AS state');
    expect(rows[0]?.state).toBe('paused');
  });
  const writer = await write();
  expect(await look(writer)).toEqual({ count: count + 1, isReplica: false });
  await isRead(false);
  expect((await look()).count).toBe(count + 1);
  await operator.query('SELECT pg_wal_replay_resume()');
  await isRead(true);
  expect(await look(writer)).toEqual({ count: count + 1, isReplica: true });
});

test.for(['SIGKILL', 'SIGSTOP'] as const)(
  'losing the replica to %s fails no read, and it comes back',
  async (signal) => {
    await isRead(true);
    const { count } = await look({ consistency: PRIMARY_ONLY });
    const reads: Promise<unknown>[] = [];
    const reading = setInterval(() => reads.push(look()), 5);
    await servers.signal('postgres-replica', signal);
    await isRead(false);
    expect((await look(await write())).count).toBe(count + 1);
    clearInterval(reading);
    const outcomes = await Promise.allSettled(reads);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    if (signal === 'SIGSTOP') await servers.signal('postgres-replica', 'SIGCONT');
    else await servers.start('postgres-replica');
    await isRead(true);
    expect((await look()).count).toBe(count + 1);
  },
);

test('through a subgraph, a reply is there for who wrote it, wherever the replica is', async () => {
  await isRead(true);
  await primary.query('CREATE DATABASE tweets');
  const on = (url = '') => Object.assign(new URL(url), { pathname: '/tweets' }).href;
  const { POSTGRES_URL, POSTGRES_REPLICA_URL } = servers.env;
  const config = tweetsConfig.parse({ databaseUrl: on(POSTGRES_URL), replicaUrl: on(POSTGRES_REPLICA_URL) });
  const tweets = await openTweets(config, sharedByTweets());
  const statements = listenToStatements('tweets-replica');

  const ask = async (query: string, call: Partial<CallContext> = {}) => {
    const principal = { ...ANONYMOUS, userId: ADA, scopes: ['read', 'write'] };
    const { data, errors } = await executeInSubgraph(tweets.subgraph, { query }, createCall({ principal, ...call }));
    if (errors) throw new AggregateError(errors, errors[0]?.message);
    return data as Record<string, { tweet: { id: string; replies: { edges: unknown[] } } }>;
  };
  const post = async (text: string, more = '') => {
    const consistency: Record<string, string> = {};
    const onWrote = (database: string, position: string) => void (consistency[database] = position);
    const data = await ask(`mutation { postTweet(input: { text: "${text}" ${more} }) { tweet { id } } }`, { onWrote });
    return { id: data['postTweet']!.tweet.id, consistency };
  };
  const root = await post('root');
  const page = `{ conversation(tweetId: "${root.id}") { tweet { replies(first: 50) { edges { node { id } } } } } }`;
  const replies = async (call: Partial<CallContext>) =>
    (await ask(page, call))['conversation']!.tweet.replies.edges.length;

  await vi.waitFor(async () => {
    await replies({});
    expect(statements.count()).toBeGreaterThan(0);
  }, 10_000);
  for (let count = 1; count <= 20; count += 1) {
    if (count === 10) await operator.query('SELECT pg_wal_replay_pause()');
    const { consistency } = await post(`reply ${count}`, `replyToId: "${root.id}"`);
    expect(Object.keys(consistency)).toEqual(['tweets']);
    expect(await replies({ consistency })).toBe(count);
  }
  await operator.query('SELECT pg_wal_replay_resume()');
  await vi.waitFor(async () => expect(await replies({})).toBe(20), 10_000);
  statements.stop();
  await tweets.close();
});

/** How many statements went to a pool. */
function listenToStatements(pool: string) {
  let count = 0;
  const hear = (message: unknown) => void ((message as SqlStatement).pool === pool && (count += 1));
  subscribe(SQL_CHANNEL, hear);
  return { count: () => count, stop: () => unsubscribe(SQL_CHANNEL, hear) };
}

test('a database that is no copy of the primary is never read', async () => {
  await primary.query('CREATE DATABASE other');
  const other = new URL(servers.env.POSTGRES_REPLICA_URL ?? '');
  other.pathname = '/other';
  const told: string[] = [];
  const tell = (_facts: object, message: string) => void told.push(message);
  const logger = { info: tell, warn: tell, error: tell } as never;
  for (const replicaUrl of [other.href, servers.env.POSTGRES_URL ?? '']) {
    const wrong = createReadRouter({ name: 'notes', primary, replicaUrl, pollMs: 5, logger });
    for (let round = 0; round < 20; round += 1) {
      const isReplica = await wrong.read(anybody, async (db) => db !== primary);
      expect(isReplica).toBe(false);
    }
    await wrong.close();
  }
  expect(told).not.toContain('The replica is read');
});
