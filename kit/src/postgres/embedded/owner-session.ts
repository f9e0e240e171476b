import { hostname } from 'node:os';
import pg from 'pg';

/** What became of the attempt to make a running server ours. */
export type Claim =
  { kind: 'ours'; session: pg.Client } | { kind: 'held'; holder: string } | { kind: 'away'; error: Error };

/** Two words of ASCII, "Starling" cut in halves: whoever holds this lock owns the data folder. */
const LOCK = [0x53746172, 0x6c696e67] as const;

const HOLDER = `
  SELECT a.application_name AS name
  FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.classid = $1 AND l.objid = $2 AND l.granted`;

/** Connects and takes the session lock that ends with the connection, and so with this process, however it dies. */
export async function claimServer(url: string): Promise<Claim> {
  const session = new pg.Client({
    connectionString: url,
    application_name: `process ${process.pid} on ${hostname()}`.slice(0, 63),
    keepAlive: true,
    connectionTimeoutMillis: 5000,
  });
  // A connection that breaks later is seen by its 'end'.
  session.on('error', () => {});
  try {
    await session.connect();
    const { rows } = await session.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS taken', [...LOCK]);
    if (rows[0]?.taken === true) return { kind: 'ours', session };
    const holders = await session.query<{ name: string }>(HOLDER, [...LOCK]);
    await session.end();
    return { kind: 'held', holder: holders.rows[0]?.name ?? 'another process' };
  } catch (error) {
    await session.end().catch(() => {});
    return { kind: 'away', error: error as Error };
  }
}
