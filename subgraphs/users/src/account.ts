import type { AccountState } from '@starling/domain/visibility.ts';

/** A person as others may be told, and as the cache holds it. No e-mail address, no credential. */
export type Account = {
  id: string;
  /** Empty once erased, like every text below. */
  handle: string;
  name: string;
  bio: string;
  location: string;
  website: string | null;
  isPrivate: boolean;
  state: AccountState;
  /** Counts the changes that events tell of. */
  revision: number;
  createdAtMs: number;
};

/** What its owner may change by editing. */
export type Profile = Pick<Account, 'handle' | 'name' | 'bio' | 'location' | 'website' | 'isPrivate'>;

export type NewAccount = Pick<Account, 'id' | 'handle' | 'name' | 'bio' | 'createdAtMs'> & {
  email: string;
  passwordHash: string;
};

/** What a password is checked against. */
export type Credentials = { userId: string; passwordHash: string; state: AccountState; roles: readonly string[] };
