import { join } from 'node:path';
import type { Logger } from '@starling/kit/logger.ts';
import { startEmbeddedPostgres } from '@starling/kit/postgres/embedded-postgres.ts';
import type { StackConfig } from './config.ts';
import { createDatabases } from './databases.ts';
import { startStack, type Stack } from './start-stack.ts';

export type EmbeddedOptions = {
  /** Holds everything that must survive a restart; created if missing. */
  dataDir: string;
  config: StackConfig;
  graphiqlFolder: string | null;
  logger: Logger;
};

/** The stack with a Postgres of its own on a data folder. Its `stop` ends Postgres last. */
export async function runEmbedded({ dataDir, config, graphiqlFolder, logger }: EmbeddedOptions): Promise<Stack> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), logger });
  try {
    const databases = await createDatabases(postgres);
    const stack = await startStack(config, { databases, graphiqlFolder, logger });
    return {
      ...stack,
      async stop() {
        await stack.stop();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
