import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { readStackConfig, type StackConfig } from '@starling/stack/config.ts';
import { DATABASE_NAMES, type Databases } from '@starling/stack/databases.ts';
import { startStack, type Stack } from '@starling/stack/start-stack.ts';

export type TestStack = Stack & {
  databases: Databases;
  /** Stops and starts again on the same databases: what lived in memory is gone. */
  restart(): Promise<TestStack>;
};

type Changes = { [Part in keyof StackConfig]?: Partial<StackConfig[Part]> };

/** The real constellation on databases of its own. Passwords are hashed cheaply and searches are not cached, so that tests are quick and exact. */
export async function startTestStack(changes: Changes = {}): Promise<TestStack> {
  const created = await Promise.all(DATABASE_NAMES.map(async (name) => [name, await createTestDatabase()] as const));
  const databases = Object.fromEntries(created.map(([name, { url }]) => [name, url])) as Databases;
  const dropAll = () => Promise.all(created.map(([, database]) => database.drop()));
  return runOn(databases, configWith(changes), dropAll);
}

async function runOn(databases: Databases, config: StackConfig, dropAll: () => Promise<unknown>): Promise<TestStack> {
  const logger = createLogger({ name: 'test', level: process.env['LOG_LEVEL'] ?? 'error' });
  const stack = await startStack(config, { databases, graphiqlFolder: null, logger });
  return {
    ...stack,
    databases,
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

function configWith(changes: Changes): StackConfig {
  const config = readStackConfig({}, { port: 0 });
  const quick: Changes = { users: { passwordMemoryKiB: 1_024, passwordPasses: 1 }, search: { cacheTtlMs: 0 } };
  const parts = Object.keys(config) as (keyof StackConfig)[];
  return Object.fromEntries(
    parts.map((part) => [part, { ...config[part], ...quick[part], ...changes[part] }]),
  ) as StackConfig;
}
