import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../postgres/embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run, database `postgres`; see test-database.ts. */
    postgresUrl: string;
  }
}

/** For vitest's `globalSetup`: one Postgres for the whole run, gone after it, however it ends. */
export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'starling-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir, dieWithParent: true, durable: false, maxConnections: 400 });
  project.provide('postgresUrl', postgres.url('postgres'));
  return async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
