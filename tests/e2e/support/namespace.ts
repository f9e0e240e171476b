import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { ENGINE_NAMES, type EngineName } from '@starling/infra/engines.ts';
import { databaseUrls } from '@starling/stack/servers/create-databases.ts';
import { dropNamespace } from '../../conformance/event-log-kafka-namespace.ts';
import type { Servers } from '../../support/servers.ts';
import { elasticsearchIn } from './elasticsearch-in.ts';
import { redisIn } from './redis-in.ts';
import type { FoundText, TestStack } from './stack-under-test.ts';

/** What one test has on servers that many share. */
export type Namespace = Pick<TestStack, 'databases' | 'spoilSearch'> & {
  name: string;
  /** In indexes and keys. Kafka is not looked into: its records go by their age. */
  findTexts(texts: readonly string[]): Promise<FoundText[]>;
  /** Removes databases, topics, groups, keys and indexes, of these engines alone; nobody may use them any more. */
  remove(from?: readonly EngineName[]): Promise<void>;
};

/** A name that nobody else has; what it is for is made by those who use it. */
export function createNamespace({ env, kafka, redis, elasticsearch, postgres }: Servers): Namespace {
  const name = `test-${randomBytes(6).toString('hex')}`;
  const databases = databasesOf(env.POSTGRES_URL, name);
  const indexes = elasticsearchIn(name, elasticsearch);
  const keys = redisIn(name, redis);
  return {
    name,
    databases,
    findTexts: async (texts) => [...(await indexes.findTexts(texts)), ...(await keys.findTexts(texts))],
    spoilSearch: () => indexes.spoil('tweets'),
    async remove(from = ENGINE_NAMES) {
      if (from.includes('elasticsearch')) await indexes.remove();
      if (from.includes('redis')) await keys.remove();
      if (from.includes('kafka')) await dropNamespace(kafka.brokers, name);
      if (from.includes('postgres')) await dropAll(postgres.url, databases);
    },
  };
}

function databasesOf(url: string, namespace: string): Namespace['databases'] {
  const variables = databaseUrls({ url, replicaUrl: null }, namespace);
  const urlOf = (owner: string) => variables[`${owner.toUpperCase()}_DATABASE_URL`] ?? '';
  return { users: urlOf('users'), graph: urlOf('graph'), tweets: urlOf('tweets') };
}

async function dropAll(url: string, databases: Namespace['databases']): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const one of Object.values(databases))
      await client.query(`DROP DATABASE IF EXISTS ${new URL(one).pathname.slice(1)} WITH (FORCE)`);
  } finally {
    await client.end();
  }
}
