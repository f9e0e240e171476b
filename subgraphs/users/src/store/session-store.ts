import type { AccountState } from '@starling/domain/visibility.ts';
import type { Pool, PoolClient, Queryable } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';

export type NewSession = {
  id: string;
  userId: string;
  userAgent: string | null;
  refreshTokenHash: Buffer;
  createdAtMs: number;
  expiresAtMs: number;
};

export type Rotation =
  | { kind: 'rotated'; sessionId: string; userId: string; roles: readonly string[] }
  /** Never given out, or its session has ended. */
  | { kind: 'unknown' }
  /** It was used before; its session has just been ended. */
  | { kind: 'reused'; userId: string };

export type SessionStore = ReturnType<typeof createSessionStore>;

/** Sessions and their refresh tokens. Whoever needs both rows locks the session first. */
export function createSessionStore(pool: Pool) {
  return {
    /** Opens it if the password is still the one that was verified: a session never outlives a change of the password. */
    open(session: NewSession, verifiedHash: string): Promise<boolean> {
      return withTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          'SELECT 1 FROM account WHERE id = $1 AND password_hash = $2 FOR SHARE',
          [session.userId, verifiedHash],
        );
        if (rowCount === 0) return false;
        await insertSession(client, session);
        return true;
      });
    },

    /** Trades one token for the next. Of several who come with the same token, the first gets it and all others end the session. */
    rotate(used: Buffer, next: { hash: Buffer; nowMs: number; expiresAtMs: number }): Promise<Rotation> {
      return withTransaction(pool, (client) => rotate(client, used, next));
    },

    /** Null if there is none, or its time is up. */
    async find(sessionId: string, nowMs: number): Promise<{ userId: string; state: AccountState } | null> {
      const { rows } = await pool.query<{ user_id: string; state: AccountState }>({
        name: 'users-find-session',
        text: `SELECT s.user_id, a.state FROM session s JOIN account a ON a.id = s.user_id WHERE s.id = $1 AND s.expires_at > $2`,
        values: [sessionId, new Date(nowMs)],
      });
      return rows[0] ? { userId: rows[0].user_id, state: rows[0].state } : null;
    },
  };
}

export async function insertSession(db: Queryable, session: NewSession): Promise<void> {
  const { id, userId, userAgent, refreshTokenHash, createdAtMs, expiresAtMs } = session;
  await db.query(
    'INSERT INTO session (id, user_id, user_agent, created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $4, $4, $5)',
    [id, userId, userAgent, new Date(createdAtMs), new Date(expiresAtMs)],
  );
  await insertRefreshToken(db, { hash: refreshTokenHash, sessionId: id, createdAtMs });
}

async function rotate(
  client: PoolClient,
  used: Buffer,
  { hash, nowMs, expiresAtMs }: { hash: Buffer; nowMs: number; expiresAtMs: number },
): Promise<Rotation> {
  const now = new Date(nowMs);
  const { rows } = await client.query<{ id: string; user_id: string }>(
    `SELECT id, user_id FROM session WHERE id = (SELECT session_id FROM refresh_token WHERE hash = $1) AND expires_at > $2 FOR UPDATE`,
    [used, now],
  );
  const session = rows[0];
  if (!session) return { kind: 'unknown' };
  const marked = await client.query('UPDATE refresh_token SET used_at = $2 WHERE hash = $1 AND used_at IS NULL', [
    used,
    now,
  ]);
  if (marked.rowCount === 0) {
    await client.query('DELETE FROM session WHERE id = $1', [session.id]);
    return { kind: 'reused', userId: session.user_id };
  }
  await client.query('UPDATE session SET last_used_at = $2, expires_at = $3 WHERE id = $1', [
    session.id,
    now,
    new Date(expiresAtMs),
  ]);
  await insertRefreshToken(client, { hash, sessionId: session.id, createdAtMs: nowMs });
  const account = await client.query<{ roles: string[] }>('SELECT roles FROM account WHERE id = $1', [session.user_id]);
  return { kind: 'rotated', sessionId: session.id, userId: session.user_id, roles: account.rows[0]?.roles ?? [] };
}

async function insertRefreshToken(
  db: Queryable,
  { hash, sessionId, createdAtMs }: { hash: Buffer; sessionId: string; createdAtMs: number },
): Promise<void> {
  await db.query('INSERT INTO refresh_token (hash, session_id, created_at) VALUES ($1, $2, $3)', [
    hash,
    sessionId,
    new Date(createdAtMs),
  ]);
}
