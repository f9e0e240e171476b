import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@starling/kit/logger.ts';
import { startEmbeddedPostgres } from '@starling/kit/postgres/embedded-postgres.ts';
import { readStackConfig, type StackConfig } from '@starling/stack/config.ts';
import { createDatabases, type Databases } from '@starling/stack/databases.ts';
import { startStack, type Stack } from '@starling/stack/start-stack.ts';

/** A Postgres of its own, for crowds in databases of their own. */
export type CrowdServer = {
  /** Empty ones. */
  createDatabases(name: string): Promise<Databases>;
  close(): Promise<void>;
};

export async function startCrowdServer(): Promise<CrowdServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'starling-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir, logger: LOGGER, dieWithParent: true });
  return {
    createDatabases: (name) => createDatabases(postgres, `${name}_`),
    async close() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The whole product on a crowd, in this process. */
export async function openStackOn(
  databases: Databases,
  { famousFrom }: { famousFrom: number },
): Promise<Stack & { close(): Promise<void> }> {
  const stack = await startStack(crowdConfig(famousFrom), { databases, graphiqlFolder: null, logger: LOGGER });
  return { ...stack, close: () => stack.stop() };
}

/** Production's, but for who is famous, and without audits, whose statements would be counted as a reader's. */
export function crowdConfig(famousFrom: number): StackConfig {
  const config = readStackConfig({}, { port: 0 });
  return {
    ...config,
    graph: { ...config.graph, famousFrom, famousBelow: Math.ceil(0.8 * famousFrom) },
    timeline: { ...config.timeline, auditEveryMs: 0 },
  };
}

export const LOGGER = createLogger({ name: 'bench', level: 'warn' });
