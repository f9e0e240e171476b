import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { readStackConfig, type StackConfig } from '@starling/stack/config.ts';
import { DATABASE_NAMES, type Databases } from '@starling/stack/databases.ts';
import { startStack } from '@starling/stack/start-stack.ts';
import { findTexts, withClient } from './database-scan.ts';
import { merged, type Changes, type TestStack } from './stack-under-test.ts';

/** All in this process, on databases of its own. */
export async function startEmbeddedTestStack(changes: Changes): Promise<TestStack> {
  const created = await Promise.all(DATABASE_NAMES.map(async (name) => [name, await createTestDatabase()] as const));
  const databases = Object.fromEntries(created.map(([name, { url }]) => [name, url])) as Databases;
  const dropAll = () => Promise.all(created.map(([, database]) => database.drop()));
  const config = merged(readStackConfig({}, { port: 0 }), changes) as StackConfig;
  return runOn(databases, config, dropAll);
}

async function runOn(databases: Databases, config: StackConfig, dropAll: () => Promise<unknown>): Promise<TestStack> {
  const logger = createLogger({ name: 'test', level: process.env['LOG_LEVEL'] ?? 'error' });
  const stack = await startStack(config, { databases, graphiqlFolder: null, logger });
  return {
    ...stack,
    kind: 'embedded',
    databases,
    findTexts: (texts) => findTexts(databases, texts),
    async spoilSearch() {
      await rename(databases.search, 'search_tweets', 'search_tweets_away');
      return () => rename(databases.search, 'search_tweets_away', 'search_tweets');
    },
    async stop() {
      await stack.stop();
      await dropAll();
    },
    async restart() {
      await stack.stop();
      return runOn(databases, config, dropAll);
    },
  };
}

async function rename(url: string, from: string, to: string): Promise<void> {
  await withClient(url, (client) => client.query(`ALTER TABLE ${from} RENAME TO ${to}`));
}
