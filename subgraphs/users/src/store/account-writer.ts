import { emailKey } from '@starling/domain/profile.ts';
import type { AccountState } from '@starling/domain/visibility.ts';
import { appendToOutbox } from '@starling/kit/outbox/append.ts';
import type { CommitSignal } from '@starling/kit/outbox/commit-signal.ts';
import type { OutboxEvent } from '@starling/kit/outbox/port.ts';
import type { Pool, PoolClient } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import type { Account, NewAccount } from '../account.ts';
import { ACCOUNT_COLUMNS, toAccount, type AccountRow } from './account-row.ts';
import { handleHash } from './handle-hash.ts';
import { insertSession, type NewSession } from './session-store.ts';
import { takenField } from './taken.ts';

/** An account under lock. */
export type LockedAccount = Account & {
  /** What it was before it was suspended; null also where nobody has noted it. */
  stateBefore: AccountState | null;
};

/** What a change does to an account, and the event that tells of the account as it then is. */
export type Change = {
  patch: Partial<Omit<LockedAccount, 'id' | 'revision' | 'createdAtMs'>>;
  event(changed: Account): OutboxEvent;
};

export type Created = { account: Account } | { taken: 'handle' | 'email' };
export type Changed = { account: Account } | { taken: 'handle' | 'email' } | null;

export type AccountWriter = ReturnType<typeof createAccountWriter>;

/** Writes of accounts, each with its event in one transaction. */
export function createAccountWriter(
  pool: Pool,
  { now, commits }: { now(): number; commits: Pick<CommitSignal, 'notify'> },
) {
  async function commit<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const result = await withTransaction(pool, work);
    commits.notify();
    return result;
  }

  return {
    /** A new account with its first session. */
    create(account: NewAccount, session: NewSession, event: (created: Account) => OutboxEvent): Promise<Created> {
      const work = commit(async (client) => {
        const created = await insertAccount(client, account, now());
        await appendToOutbox(client, [event(created)]);
        await insertSession(client, session);
        return { account: created };
      });
      return work.catch(asTaken);
    },

    /** `plan` sees the locked account and says what to change; null changes nothing. Null if there is no such account, or it is erased. */
    change(id: string, plan: (current: LockedAccount) => Change | null): Promise<Changed> {
      const work = commit(async (client) => {
        const current = await lockAccount(client, id);
        if (!current || current.state === 'erased') return null;
        const change = plan(current);
        if (!change) return { account: current };
        const account = await updateAccount(client, { ...current, ...change.patch }, now());
        await appendToOutbox(client, [change.event(account)]);
        return { account };
      });
      return work.catch(asTaken);
    },

    /**
     * Leaves a tombstone: id, state, revision, and the handle's hash, which stays reserved so that nobody can pose as the
     * person. Sessions go, and so do the person's events in the outbox, the unpublished included: the last event says all
     * that is left to say. False if it was erased already, or never was.
     */
    erase: (id: string, event: (erased: Account) => OutboxEvent): Promise<boolean> =>
      commit((client) => eraseAccount(client, { id, event, nowMs: now() })),

    /** Replaces a hash unless it has changed meanwhile, and ends sessions if told to. False if it has changed. */
    replacePassword: (replacement: PasswordReplacement): Promise<boolean> =>
      commit((client) => replacePassword(client, replacement, now())),
  };
}

export type PasswordReplacement = {
  userId: string;
  oldHash: string;
  newHash: string;
  /** Absent: sessions stay. */
  endSessions?: { except: string | null };
};

const INSERT = `
  INSERT INTO account (id, handle, handle_hash, email, email_lower, password_hash, name, bio, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${ACCOUNT_COLUMNS}`;

const UPDATE = `
  UPDATE account SET handle = $2, handle_hash = $3, name = $4, bio = $5, location = $6, website = $7, is_private = $8, state = $9,
    state_before = $10, revision = revision + 1, updated_at = $11
  WHERE id = $1 RETURNING ${ACCOUNT_COLUMNS}`;

const ERASE = `
  UPDATE account SET handle = '', email = NULL, email_lower = NULL, password_hash = NULL, name = '', bio = '', location = '',
    website = NULL, is_private = false, roles = '{}', state = 'erased', state_before = NULL, revision = revision + 1, updated_at = $2
  WHERE id = $1 RETURNING ${ACCOUNT_COLUMNS}`;

const ERASE_EVENTS = 'DELETE FROM outbox WHERE aggregateid = $1';

async function lockAccount(client: PoolClient, id: string): Promise<LockedAccount | null> {
  const { rows } = await client.query<AccountRow & { state_before: AccountState | null }>(
    `SELECT ${ACCOUNT_COLUMNS}, state_before FROM account WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return rows[0] ? { ...toAccount(rows[0]), stateBefore: rows[0].state_before } : null;
}

type Erasure = { id: string; event(erased: Account): OutboxEvent; nowMs: number };

async function eraseAccount(client: PoolClient, { id, event, nowMs }: Erasure): Promise<boolean> {
  const current = await lockAccount(client, id);
  if (!current || current.state === 'erased') return false;
  await client.query('DELETE FROM session WHERE user_id = $1', [id]);
  const { rows } = await client.query<AccountRow>(ERASE, [id, new Date(nowMs)]);
  await client.query({ name: 'users-erase-events', text: ERASE_EVENTS, values: [id] });
  await appendToOutbox(client, [event(toAccount(one(rows)))]);
  return true;
}

async function replacePassword(client: PoolClient, replacement: PasswordReplacement, nowMs: number): Promise<boolean> {
  const { userId, oldHash, newHash, endSessions } = replacement;
  const { rowCount } = await client.query(
    'UPDATE account SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2',
    [userId, oldHash, newHash, new Date(nowMs)],
  );
  if (rowCount === 0) return false;
  if (endSessions) {
    await client.query('DELETE FROM session WHERE user_id = $1 AND id IS DISTINCT FROM $2', [
      userId,
      endSessions.except,
    ]);
  }
  return true;
}

async function insertAccount(client: PoolClient, account: NewAccount, nowMs: number): Promise<Account> {
  const { id, handle, email, passwordHash, name, bio, createdAtMs } = account;
  const values = [id, handle, handleHash(handle), email, emailKey(email), passwordHash, name, bio];
  const { rows } = await client.query<AccountRow>(INSERT, [...values, new Date(createdAtMs), new Date(nowMs)]);
  return toAccount(one(rows));
}

async function updateAccount(client: PoolClient, account: LockedAccount, nowMs: number): Promise<Account> {
  const { id, handle, name, bio, location, website, isPrivate, state, stateBefore } = account;
  const values = [id, handle, handleHash(handle), name, bio, location, website, isPrivate, state, stateBefore];
  const { rows } = await client.query<AccountRow>(UPDATE, [...values, new Date(nowMs)]);
  return toAccount(one(rows));
}

function asTaken(error: unknown): { taken: 'handle' | 'email' } {
  const taken = takenField(error);
  if (taken === null) throw error;
  return { taken };
}

function one<Row>([row]: Row[]): Row {
  if (row === undefined) throw new Error('A row that was written did not come back');
  return row;
}
