import type { Pool, Queryable } from '../postgres/pool.ts';
import { openOwnConnection, type OwnConnection } from '../postgres/own-connection.ts';

/**
 * The right to be a database's only relay. It is a lock of a session, and so ends with its holder's connection; and it has
 * a deadline, for a process that was paused keeps its connection. Who waits for the lock ends the session of a holder that
 * has not been heard of for the time of the lease; by then the holder has long ceased to believe in it.
 */
export type RelayLease = {
  /** All work is done over the connection that holds the lease, so nothing is read or marked after it is lost. */
  connection: Queryable;
  isLost(): boolean;
  /** Throws RelayLeaseLost unless nobody else can have the lease yet. To be asked right before what cannot be undone. */
  mustBeHeld(): void;
  /** Gives it back; whoever waits has it at once. */
  release(): Promise<void>;
};

export class RelayLeaseLost extends Error {
  override name = 'RelayLeaseLost';
}

export type LeaseOptions = {
  /** How long a holder may be silent before another takes its place. */
  leaseMs: number;
  /** Called for every commit that another process has announced. */
  onAnnounced(): void;
  /** Ends the waiting: then there is no lease. */
  signal: AbortSignal;
  /** Milliseconds of a clock that is never set. */
  now?: () => number;
};

/** Two words of ASCII, "Outb" and "ox". */
const LOCK = [0x4f757462, 0x6f78] as const;
/** What commits are announced on; each database has channels of its own. */
export const COMMIT_CHANNEL = 'starling_outbox';

const LOCK_NOT_AVAILABLE = '55P03';
/** A wait for a lock keeps a snapshot, which keeps dead rows from being cleared away: it is begun anew so often. */
const WAITS_PER_LEASE = 4;
const PROOFS_PER_LEASE = 4;
/** The holder stops believing before others may take the lease. */
const BELIEF_SHARE = 0.7;

/** Waits for the lease. Null if the signal ended the waiting; rejects if the connection breaks. */
export async function takeRelayLease(pool: Pool, options: LeaseOptions): Promise<RelayLease | null> {
  const { leaseMs, signal } = options;
  const connection = await openOwnConnection(pool, 'relay', { query_timeout: 3 * leaseMs });
  const giveUp = () => connection.close();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await connection.client.query(`SET lock_timeout = ${Math.ceil(leaseMs / WAITS_PER_LEASE)}`);
    while (!signal.aborted && !(await isTaken(connection))) await endSilentHolder(connection, leaseMs);
    if (signal.aborted) return null;
    return await holdLease(connection, options);
  } catch (error) {
    connection.close();
    if (signal.aborted) return null;
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** False if the holder has not let go within the time for locks. */
async function isTaken({ client }: OwnConnection): Promise<boolean> {
  try {
    await client.query('SELECT pg_advisory_lock($1, $2)', [...LOCK]);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}

/** A holder proves that it lives with every statement, and sends one several times in the time of a lease. */
async function endSilentHolder({ client }: OwnConnection, leaseMs: number): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(held.pid)
     FROM pg_locks held JOIN pg_stat_activity session ON session.pid = held.pid
     WHERE held.locktype = 'advisory' AND held.classid = $1 AND held.objid = $2 AND held.objsubid = 2 AND held.granted
       AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND session.state_change < clock_timestamp() - $3::int * interval '1 millisecond'`,
    [...LOCK, leaseMs],
  );
}

async function holdLease(
  connection: OwnConnection,
  { leaseMs, onAnnounced, now = () => performance.now() }: LeaseOptions,
): Promise<RelayLease> {
  const { client } = connection;
  let provenAt = -Infinity;
  async function prove(statement: string): Promise<void> {
    const sentAt = now();
    await client.query(statement);
    provenAt = sentAt;
  }
  const isSure = () => !connection.isBroken() && now() - provenAt <= leaseMs * BELIEF_SHARE;
  client.on('notification', onAnnounced);
  await prove('RESET lock_timeout');
  await prove(`LISTEN ${COMMIT_CHANNEL}`);
  // A proof that fails is missed by `mustBeHeld`, or has broken the connection.
  const timer = setInterval(() => void prove('SELECT 1').catch(() => undefined), leaseMs / PROOFS_PER_LEASE).unref();
  return {
    connection: client,
    isLost: () => connection.isBroken(),
    mustBeHeld() {
      if (!isSure()) throw new RelayLeaseLost('The lease of the outbox relay may have gone to another process');
    },
    async release() {
      clearInterval(timer);
      // A lock that cannot be given back ends with the connection.
      if (isSure()) await client.query('SELECT pg_advisory_unlock($1, $2)', [...LOCK]).catch(() => undefined);
      connection.close();
    },
  };
}
