import type { AccountState } from '@starling/domain/visibility.ts';
import type { Account } from '../account.ts';

/** What `ACCOUNT_COLUMNS` selects, as pg gives it. */
export type AccountRow = {
  id: string;
  handle: string;
  name: string;
  bio: string;
  location: string;
  website: string | null;
  is_private: boolean;
  state: AccountState;
  revision: string;
  created_at: Date;
};

export const ACCOUNT_COLUMNS = 'id, handle, name, bio, location, website, is_private, state, revision, created_at';

export function toAccount(row: AccountRow): Account {
  const { id, handle, name, bio, location, website, state } = row;
  return {
    id,
    handle,
    name,
    bio,
    location,
    website,
    state,
    isPrivate: row.is_private,
    revision: Number(row.revision),
    createdAtMs: row.created_at.getTime(),
  };
}
