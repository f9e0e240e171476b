import type { Pool, PoolClient } from '../postgres/pool.ts';

/** The right to be a database's only relay, as long as the connection lives. */
export type RelayLease = {
  /** All work is done over the connection that holds the lease, so nothing is marked after it is lost. */
  client: PoolClient;
  isLost(): boolean;
  release(): Promise<void>;
};

/** Two words of ASCII, "Outb" and "ox". */
const LOCK = [0x4f757462, 0x6f78] as const;

/** Null if another relay has it. */
export async function takeRelayLease(pool: Pool): Promise<RelayLease | null> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS taken', [...LOCK]);
    if (rows[0]?.taken !== true) {
      client.release();
      return null;
    }
  } catch (error) {
    client.release(true);
    throw error;
  }
  let isLost = false;
  const lose = () => void (isLost = true);
  client.on('error', lose).on('end', lose);
  return {
    client,
    isLost: () => isLost,
    async release() {
      client.off('error', lose).off('end', lose);
      const unlocked = await client.query('SELECT pg_advisory_unlock($1, $2)', [...LOCK]).then(
        () => true,
        () => false,
      );
      client.release(!unlocked);
    },
  };
}
