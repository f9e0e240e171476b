import { emailKey, handleKey } from '@starling/domain/profile.ts';
import { appendToOutbox } from '@starling/kit/outbox/append.ts';
import type { CommitSignal } from '@starling/kit/outbox/commit-signal.ts';
import type { OutboxEvent } from '@starling/kit/outbox/port.ts';
import type { Pool, PoolClient } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import type { Account, NewAccount } from '../account.ts';
import { ACCOUNT_COLUMNS, toAccount, type AccountRow } from './account-row.ts';
import { handleHash } from './handle-hash.ts';

export type AccountImporter = ReturnType<typeof createAccountImporter>;

export function createAccountImporter(pool: Pool, commits: Pick<CommitSignal, 'notify'>) {
  return {
    /**
     * Inserts those whose id, handle and e-mail address are all free, with their events, and answers with them.
     * The others are left alone: who they are is for the caller to find out.
     */
    async insertFree(accounts: readonly NewAccount[], event: (created: Account) => OutboxEvent): Promise<Account[]> {
      const inserted = await withTransaction(pool, async (client) => {
        const created = await insertMany(client, accounts);
        await appendToOutbox(client, created.map(event));
        return created;
      });
      commits.notify();
      return inserted;
    },

    /** Ids by the key of the handle, the erased included: their handles stay taken. */
    async findIds(handles: readonly string[]): Promise<Map<string, string>> {
      const { rows } = await pool.query<{ place: number; id: string }>(
        `SELECT wanted.place::int, account.id FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted (hash, place)
         JOIN account ON account.handle_hash = wanted.hash`,
        [handles.map(handleHash)],
      );
      return new Map(rows.map(({ place, id }) => [handleKey(handles[place - 1] ?? ''), id]));
    },

    /** Those of the addresses that somebody has already. */
    async findTakenEmails(emails: readonly string[]): Promise<string[]> {
      const { rows } = await pool.query<{ email_lower: string }>(
        'SELECT email_lower FROM account WHERE email_lower = ANY($1::text[])',
        [emails.map(emailKey)],
      );
      return rows.map((row) => row.email_lower);
    },
  };
}

const INSERT_MANY = `
  INSERT INTO account (id, handle, handle_hash, email, email_lower, password_hash, name, bio, created_at, updated_at)
  SELECT id, handle, handle_hash, email, email_lower, password_hash, name, bio, created_at, created_at
  FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])
    AS new (id, handle, handle_hash, email, email_lower, password_hash, name, bio, created_at)
  ON CONFLICT DO NOTHING
  RETURNING ${ACCOUNT_COLUMNS}`;

/** In the order of handles, so that two imports of the same people wait for each other instead of locking each other out. */
async function insertMany(client: PoolClient, accounts: readonly NewAccount[]): Promise<Account[]> {
  const sorted = accounts.toSorted((a, b) => (handleKey(a.handle) < handleKey(b.handle) ? -1 : 1));
  const column = <Value>(of: (account: NewAccount) => Value): Value[] => sorted.map(of);
  const { rows } = await client.query<AccountRow>(INSERT_MANY, [
    column(({ id }) => id),
    column(({ handle }) => handle),
    column(({ handle }) => handleHash(handle)),
    column(({ email }) => email),
    column(({ email }) => emailKey(email)),
    column(({ passwordHash }) => passwordHash),
    column(({ name }) => name),
    column(({ bio }) => bio),
    column(({ createdAtMs }) => new Date(createdAtMs)),
  ]);
  return rows.map(toAccount);
}
