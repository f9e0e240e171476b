import pg from 'pg';
import type { Pool } from './pool.ts';

/** A connection that belongs to one task for as long as it lives; it is never handed back to a pool. */
export type OwnConnection = {
  client: pg.Client;
  isBroken(): boolean;
  /** Ends it at once, whatever it does, and with it what its session holds. */
  close(): void;
};

/** A server that is silent for longer has gone, unless the task says otherwise. */
const SILENCE_MS = 35_000;

/**
 * Opens a connection to a pool's database beside the pool: for what holds a lock or listens, and so must neither take a place
 * from requests nor wait for one. `task` is added to the application name that Postgres shows.
 */
export async function openOwnConnection(
  { options }: Pick<Pool, 'options'>,
  task: string,
  { onBroken = () => {}, ...settings }: pg.ClientConfig & { onBroken?(): void } = {},
): Promise<OwnConnection> {
  const applicationName = [options.application_name, task].filter(Boolean).join('-');
  const client = new pg.Client({
    ...options,
    application_name: applicationName,
    query_timeout: SILENCE_MS,
    ...settings,
  });
  let isBroken = false;
  const breakOnce = () => {
    if (isBroken) return;
    isBroken = true;
    onBroken();
  };
  client.on('error', breakOnce).on('end', breakOnce);
  const close = () => {
    isBroken = true;
    // Not `end()`, which would wait for a server that has gone silent.
    client.connection.stream.destroy();
  };
  try {
    await client.connect();
  } catch (error) {
    close();
    throw error;
  }
  return { client, isBroken: () => isBroken, close };
}
