import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { createDatabase } from './create-database.ts';
import { type Cluster, SUPERUSER, prepareCluster } from './embedded/cluster.ts';
import { DataFolderError } from './embedded/data-folder-error.ts';
import { claimServer } from './embedded/owner-session.ts';
import {
  type StartedServer,
  findFreePort,
  findPostmaster,
  startServer,
  stopPostmaster,
} from './embedded/postmaster.ts';

export type EmbeddedPostgresOptions = {
  /** Created if missing. Postgres' own files lie in its `cluster`, the log in its `postgres.log`. */
  dataDir: string;
  /** Tells of a server that had to be restarted or taken over. */
  logger?: { warn(facts: object, message: string): void; info(facts: object, message: string): void };
  /** Ends Postgres with this process, whatever ends it. For tests (Linux only). */
  dieWithParent?: boolean;
  /** False trades durability for speed. For tests. */
  durable?: boolean;
  /** Connections that Postgres takes. Default 100. */
  maxConnections?: number;
};

export type EmbeddedPostgres = {
  port: number;
  url(database: string): string;
  /** Does nothing if it exists. */
  createDatabase(name: string): Promise<void>;
  /** Fast shutdown; resolves when the server is gone. */
  stop(): Promise<void>;
};

const START_PATIENCE_MS = 60_000;
const HOLDER_PATIENCE_MS = 2000;
const POLL_MS = 20;

/**
 * Runs Postgres 18 on a data folder that only this process uses. A server that a killed process left behind is taken over; one
 * that dies is started again on the same port. Throws DataFolderError with a plain message if the folder cannot be used,
 * such as when another Starling does.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(options.dataDir, { durable: options.durable ?? true });
  const held = await holdServer(cluster, options, null);
  const { port } = held;
  const urlOf = (database: string) => connectionUrl(cluster, port, database);
  let session = held.session;
  let stopping = false;
  let reclaiming = Promise.resolve();

  function superviseSession(): void {
    session.once('end', () => {
      if (!stopping) reclaiming = reclaim();
    });
  }
  async function reclaim(): Promise<void> {
    options.logger?.warn({ dataDir: cluster.dataDir }, 'Embedded Postgres went away; starting it again');
    while (!stopping) {
      try {
        session = (await holdServer(cluster, options, port)).session;
        superviseSession();
        return;
      } catch (error) {
        options.logger?.warn({ error }, 'Embedded Postgres does not come back; trying again');
        await delay(1000);
      }
    }
  }

  superviseSession();
  return {
    port,
    url: urlOf,
    createDatabase: (name) => createDatabase(urlOf('postgres'), name),
    async stop() {
      stopping = true;
      // A server that is just being started again must not outlive us.
      await reclaiming;
      await session.end();
      await stopPostmaster(cluster.folder);
    },
  };
}

type Held = { port: number; session: pg.Client };

/** Starts or adopts the server and takes its ownership; however often it takes. */
async function holdServer(
  cluster: Cluster,
  options: EmbeddedPostgresOptions,
  wantedPort: number | null,
): Promise<Held> {
  const giveUpAt = Date.now() + START_PATIENCE_MS;
  const askHolderUntil = Date.now() + HOLDER_PATIENCE_MS;
  let started: StartedServer | null = null;
  for (;;) {
    const failure = (await started?.failure()) ?? null;
    if (failure !== null) {
      refuseHopeless(cluster, failure);
      started = null;
    }
    const running = await findPostmaster(cluster.folder);
    if (running === null && started === null) {
      started = await startServer(
        cluster,
        wantedPort ?? (await findFreePort()),
        settingsFor(options),
        options.dieWithParent ?? false,
      );
    }
    const port = running?.port || started?.port || 0;
    const claim = await claimServer(connectionUrl(cluster, port, 'postgres'));
    if (claim.kind === 'ours') {
      if (started === null)
        options.logger?.info({ dataDir: cluster.dataDir }, 'Took over the Postgres that was still running');
      return { port, session: claim.session };
    }
    // The connection of a process that was killed a moment ago may still be closing.
    if (claim.kind === 'held' && Date.now() > askHolderUntil) throw inUse(cluster, claim.holder);
    if (claim.kind === 'away' && Date.now() > giveUpAt) throw notStarted(cluster, claim.error);
    await delay(POLL_MS);
  }
}

function settingsFor({ durable = true, maxConnections = 100 }: EmbeddedPostgresOptions): string[] {
  return [
    'unix_socket_directories=',
    `max_connections=${maxConnections}`,
    'shared_buffers=128MB',
    // No replica hangs on it, so the log of writes carries no more than a crash needs.
    ...['wal_level=minimal', 'max_wal_senders=0', 'max_wal_size=1GB'],
    ...(durable
      ? ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']
      : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    // Compiling a statement costs more than our statements do.
    'jit=off',
    'timezone=UTC',
    ...['log_min_messages=warning', 'log_checkpoints=off', 'log_timezone=UTC', 'logging_collector=off'],
  ];
}

function connectionUrl({ password }: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Throws if another try would end the same way. A taken port, or a server that is just stopping, are worth one. */
function refuseHopeless(cluster: Cluster, log: string): void {
  if (
    /could not bind|could not create any TCP|lock file ".*" already exists|pre-existing shared memory block/.test(log)
  )
    return;
  if (/No space left on device/.test(log))
    throw new DataFolderError(`Postgres cannot start: the disk of ${cluster.dataDir} is full.`);
  const complaint =
    /(?:FATAL|PANIC|error while loading shared libraries): .*/.exec(log)?.[0] ?? log.trim().split('\n').at(-1) ?? '';
  throw new DataFolderError(
    `Postgres does not start on ${cluster.dataDir}: ${complaint || 'it ended without a word'} (its log is ${cluster.logFile})`,
  );
}

function inUse({ dataDir }: Cluster, holder: string): DataFolderError {
  return new DataFolderError(
    `Another Starling (${holder}) uses the data folder ${dataDir}. Stop it first, or choose another folder.`,
  );
}

function notStarted({ dataDir, logFile }: Cluster, cause: Error): DataFolderError {
  return new DataFolderError(`Postgres on ${dataDir} does not answer: ${cause.message} (its log is ${logFile})`, {
    cause,
  });
}
