import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabases, databaseUrls } from '@starling/stack/servers/create-databases.ts';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { createPool } from '@starling/kit/postgres/pool.ts';
import { topics } from '@starling/worker/topics.ts';
import { createNamespace, type Namespace } from '../../e2e/support/namespace.ts';
import { findServers, type Servers } from '../../support/servers.ts';
import { runProcess, SIGNING } from '../support/lone-process.ts';

/** What a process says that finds servers, but not such as it can work on. None of it changes anything on them. */
let servers: Servers;
let env: Record<string, string>;
let namespace: Namespace;

beforeAll(async () => {
  const found = await findServers();
  if (found === null) throw new Error('There are no servers.');
  servers = found;
  const { KAFKA_BROKERS, REDIS_NODES, REDIS_PASSWORD, ELASTICSEARCH_URL, ELASTICSEARCH_PASSWORD } = servers.env;
  namespace = createNamespace(servers);
  const databases = databaseUrls({ url: servers.postgres.url, replicaUrl: null }, namespace.name) as Record<
    string,
    string
  >;
  const reached = { KAFKA_BROKERS, REDIS_NODES, REDIS_PASSWORD, ELASTICSEARCH_URL, ELASTICSEARCH_PASSWORD };
  env = { ...SIGNING, STARLING_NAMESPACE: namespace.name, ...reached, ...databases };
});
afterAll(() => namespace.remove());

const only = (...names: string[]) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => /^STARLING_/.test(name) || names.includes(name)));
const REDIS = ['REDIS_NODES', 'REDIS_PASSWORD'];

test('a wrong password of Redis', async () => {
  const given = { ...only('TWEETS_DATABASE_URL', ...REDIS), REDIS_PASSWORD: 'hunter2' };
  await expectRefusal('subgraphs/tweets', given, /^tweets: Redis at \S+ refuses the user name or password\n$/);
});

test('a single Redis where a cluster is configured', async () => {
  const given = { ...only('TWEETS_DATABASE_URL', ...REDIS), REDIS_CLUSTER: 'true' };
  await expectRefusal(
    'subgraphs/tweets',
    given,
    /^tweets: Redis at \S+ is a single server, [^\n]*REDIS_CLUSTER[^\n]*\n$/,
  );
});

test('a wrong password of Postgres', async () => {
  const url = new URL(servers.postgres.url);
  url.password = 'hunter2';
  const given = { ...only(...REDIS), TWEETS_DATABASE_URL: url.href };
  await expectRefusal('subgraphs/tweets', given, /^tweets: The database tweets [^\n]*password is wrong[^\n]*\n$/);
});

test('a database that is not there', async () => {
  const given = only('TWEETS_DATABASE_URL', ...REDIS);
  await expectRefusal('subgraphs/tweets', given, /^tweets: The database tweets [^\n]*does not exist[^\n]*\n$/);
});

test('a half-migrated database', async () => {
  await createDatabases(servers.postgres.url, namespace.name);
  const pool = createPool({ url: env['TWEETS_DATABASE_URL'] ?? '', name: 'test', max: 1 });
  await pool.query(`CREATE TABLE _prisma_migrations (id text, checksum text, finished_at timestamptz, migration_name text,
    logs text, rolled_back_at timestamptz, started_at timestamptz DEFAULT now(), applied_steps_count int DEFAULT 0)`);
  await pool.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', 'x', '20260101000000_half')`,
  );
  await pool.end();

  const given = only('TWEETS_DATABASE_URL', ...REDIS);
  await expectRefusal('subgraphs/tweets', given, /^tweets: [^\n]*20260101000000_half[^\n]*\n$/);
});

test('a wrong password of Elasticsearch', async () => {
  const given = { ...only('ELASTICSEARCH_URL', ...REDIS), ELASTICSEARCH_PASSWORD: 'hunter2' };
  await expectRefusal(
    'subgraphs/search',
    given,
    /^search: Elasticsearch at \S+ refuses the user name or the password[^\n]*\n$/,
  );
});

test('a topic with missing partitions', async () => {
  const logger = createLogger({ name: 'test', level: 'silent' });
  const log = await createKafkaEventLog({ ...servers.kafka, namespace: namespace.name, clientId: 'test', logger });
  await log.ensureTopics(topics.map((topic) => ({ ...topic, partitions: 3 })));
  await log.close();

  const given = only('KAFKA_BROKERS', ...REDIS);
  await expectRefusal('worker', given, /^worker: [^\n]*3 partitions[^\n]*12[^\n]*\n$/m, '--only', 'timeline');
});

async function expectRefusal(entry: string, given: Record<string, string>, message: RegExp, ...args: string[]) {
  const { code, stderr } = await runProcess(entry, given, ...args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('hunter2');
  expect(code).toBe(1);
}
