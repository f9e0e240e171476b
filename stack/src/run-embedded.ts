import { join } from 'node:path';
import type { Logger } from '@starling/kit/logger.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@starling/kit/postgres/embedded-postgres.ts';
import type { StackConfig } from './config.ts';
import { createDatabases } from './databases.ts';
import type { Stack } from './start-stack.ts';

export type EmbeddedOptions = {
  /** Holds everything that must survive a restart; created if missing. */
  dataDir: string;
  config: StackConfig;
  graphiqlFolder: string | null;
  logger: Logger;
};

/** The stack with a Postgres of its own on a data folder. Its `stop` ends Postgres last. */
export async function runEmbedded({ dataDir, config, graphiqlFolder, logger }: EmbeddedOptions): Promise<Stack> {
  const postgres = startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), logger });
  // Loading the code takes as long as starting Postgres: both at once.
  const loading = import('./start-stack.ts');
  loading.catch(() => undefined);
  try {
    const databases = await createDatabases(await postgres);
    const { startStack } = await loading;
    return endingWith(await startStack(config, { databases, graphiqlFolder, logger }), await postgres);
  } catch (error) {
    await postgres.then(({ stop }) => stop()).catch(() => undefined);
    throw error;
  }
}

function endingWith(stack: Stack, postgres: EmbeddedPostgres): Stack {
  return {
    ...stack,
    async stop() {
      await stack.stop();
      await postgres.stop();
    },
  };
}
