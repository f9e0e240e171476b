import type { Pool, Queryable } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import type { JWK } from 'jose';

export type SigningKey = {
  kid: string;
  publicJwk: JWK;
  privateJwk: JWK;
  createdAtMs: number;
  /** Signs from then on, until a newer one does. */
  activeFromMs: number;
};

export type SigningKeyStore = ReturnType<typeof createSigningKeyStore>;

/** One lock for all who look after keys of this database. */
const LOCK = 7_203_114_905n;

export function createSigningKeyStore(pool: Pool) {
  return {
    /** Oldest first by first use. */
    list: () => listKeys(pool),

    /** `plan` sees the keys while nobody else can change them, and says which to add and which to delete. */
    change(
      plan: (keys: readonly SigningKey[]) => Promise<{ add: readonly SigningKey[]; remove: readonly string[] }>,
    ): Promise<void> {
      return withTransaction(pool, async (client) => {
        await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
        const { add, remove } = await plan(await listKeys(client));
        for (const key of add) await insertKey(client, key);
        if (remove.length > 0) await client.query('DELETE FROM signing_key WHERE kid = ANY($1::text[])', [remove]);
      });
    },
  };
}

type KeyRow = { kid: string; public_jwk: JWK; private_jwk: JWK; created_at: Date; active_from: Date };

async function listKeys(db: Queryable): Promise<SigningKey[]> {
  const { rows } = await db.query<KeyRow>({
    name: 'users-list-signing-keys',
    text: 'SELECT kid, public_jwk, private_jwk, created_at, active_from FROM signing_key ORDER BY active_from, kid',
  });
  return rows.map((row) => ({
    kid: row.kid,
    publicJwk: row.public_jwk,
    privateJwk: row.private_jwk,
    createdAtMs: row.created_at.getTime(),
    activeFromMs: row.active_from.getTime(),
  }));
}

async function insertKey(
  db: Queryable,
  { kid, publicJwk, privateJwk, createdAtMs, activeFromMs }: SigningKey,
): Promise<void> {
  await db.query(
    'INSERT INTO signing_key (kid, public_jwk, private_jwk, created_at, active_from) VALUES ($1, $2, $3, $4, $5)',
    [kid, publicJwk, privateJwk, new Date(createdAtMs), new Date(activeFromMs)],
  );
}
