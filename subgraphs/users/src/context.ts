import type { CallContext } from '@starling/kit/principal.ts';
import type { Account } from './account.ts';
import type { AccountLoader } from './loaders.ts';

/** One operation. */
export type UsersContext = { call: CallContext; accounts: AccountLoader };

export type UserParent = Account;
