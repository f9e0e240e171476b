import { emailKey } from '@starling/domain/profile.ts';
import type { AccountState } from '@starling/domain/visibility.ts';
import { countRows } from '@starling/kit/postgres/count-rows.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import type { Account, Credentials } from '../account.ts';
import { ACCOUNT_COLUMNS, toAccount, type AccountRow } from './account-row.ts';
import { handleHash } from './handle-hash.ts';

export type AccountReader = ReturnType<typeof createAccountReader>;

/** Reads of accounts. Erased ones are found by id only. */
export function createAccountReader(db: Queryable) {
  return {
    /** Unknown ids are absent. */
    async findMany(ids: readonly string[]): Promise<Map<string, Account>> {
      const { rows } = await db.query<AccountRow>({
        name: 'users-find-many',
        text: `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE id = ANY($1::bigint[])`,
        values: [ids],
      });
      return new Map(rows.map((row) => [row.id, toAccount(row)]));
    },

    async findByHandles(handles: readonly string[]): Promise<Account[]> {
      const { rows } = await db.query<AccountRow>({
        name: 'users-find-by-handles',
        text: `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE handle_hash = ANY($1::bytea[]) AND state <> 'erased'`,
        values: [handles.map(handleHash)],
      });
      return rows.map(toAccount);
    },

    listIds: (page: IdPage) => listIds(db, page),

    list: (page: IdPage) => list(db, page),

    /** To tell progress by; an estimate if there are many. */
    count: () => countRows(db, 'account'),

    async findByEmail(email: string): Promise<Account | null> {
      const { rows } = await db.query<AccountRow>(`SELECT ${ACCOUNT_COLUMNS} FROM account WHERE email_lower = $1`, [
        emailKey(email),
      ]);
      return rows[0] ? toAccount(rows[0]) : null;
    },

    /** By whichever of the three is given. */
    findCredentials: (by: CredentialsKey) => findCredentials(db, by),

    /** Which of the two somebody has already; the handle of an erased person stays taken. */
    async findTaken({ handle, email }: { handle: string; email: string }): Promise<('handle' | 'email')[]> {
      const hash = handleHash(handle);
      const { rows } = await db.query<{ handle_hash: Buffer; email_lower: string | null }>(
        'SELECT handle_hash, email_lower FROM account WHERE handle_hash = $1 OR email_lower = $2',
        [hash, emailKey(email)],
      );
      const fields = ['handle', 'email'] as const;
      const isTaken = {
        handle: rows.some((row) => row.handle_hash.equals(hash)),
        email: rows.some((row) => row.email_lower === emailKey(email)),
      };
      return fields.filter((field) => isTaken[field]);
    },
  };
}

type IdPage = { /** Empty for the first page. */ afterId: string; limit: number };

/** Ascending by id, erased ones included. */
async function list(db: Queryable, { afterId, limit }: IdPage): Promise<Account[]> {
  const { rows } = await db.query<AccountRow>(
    `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE id > $1 ORDER BY id LIMIT $2`,
    [afterId === '' ? 0 : afterId, limit],
  );
  return rows.map(toAccount);
}

/** Ascending, without erased people. */
async function listIds(db: Queryable, { afterId, limit }: IdPage): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    "SELECT id FROM account WHERE id > $1 AND state <> 'erased' ORDER BY id LIMIT $2",
    [afterId === '' ? 0 : afterId, limit],
  );
  return rows.map(({ id }) => id);
}

type CredentialsRow = { id: string; password_hash: string; state: AccountState; roles: string[] };

type CredentialsKey = { id: string } | { handle: string } | { email: string };

async function findCredentials(db: Queryable, by: CredentialsKey): Promise<Credentials | null> {
  const [column, value] =
    'id' in by
      ? ['id', by.id]
      : 'handle' in by
        ? ['handle_hash', handleHash(by.handle)]
        : ['email_lower', emailKey(by.email)];
  const { rows } = await db.query<CredentialsRow>(
    `SELECT id, password_hash, state, roles FROM account WHERE ${column} = $1 AND password_hash IS NOT NULL`,
    [value],
  );
  const row = rows[0];
  return row ? { userId: row.id, passwordHash: row.password_hash, state: row.state, roles: row.roles } : null;
}
