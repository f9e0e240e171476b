import { Client } from 'pg';

/** Rejects unless Postgres answers a query. */
export function checkPrimary(url: string): Promise<void> {
  return withClient(url, async (client) => {
    await client.query('SELECT 1');
  });
}

/** Rejects unless the server is a replica that streams from its primary. */
export function checkReplica(url: string): Promise<void> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ replica: boolean; streaming: boolean }>(
      `SELECT pg_is_in_recovery() AS replica,
              EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS streaming`,
    );
    if (rows[0]?.replica !== true) throw new Error('it is no replica');
    if (!rows[0].streaming) throw new Error('the replica does not stream from its primary');
  });
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  // Also said by the rejections below.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end();
  }
}
