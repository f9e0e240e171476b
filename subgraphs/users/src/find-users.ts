import { checkHandle } from '@starling/domain/profile.ts';
import { isId } from '@starling/domain/ids.ts';
import { decide, NO_RELATION } from '@starling/domain/visibility.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Account } from './account.ts';
import type { AccountLoader } from './loaders.ts';
import type { AccountReader } from './store/account-reader.ts';

const MAX_IDS = 100;

type Deps = { accounts: AccountLoader; reader: Pick<AccountReader, 'findByHandles'> };

/** Throws StarlingError BAD_USER_INPUT unless exactly one of the two is given. */
export async function findUser(
  { accounts, reader }: Deps,
  viewerId: string | null,
  { id, handle }: { id?: string | null; handle?: string | null },
): Promise<Account | null> {
  if (isGiven(id) === isGiven(handle)) throw new StarlingError('BAD_USER_INPUT', 'Give exactly one of id and handle');
  if (isGiven(id)) return visibleTo(viewerId, await accounts.load(checkId(id)));
  const checked = checkHandle(handle ?? '');
  const [account] = checked.ok ? await reader.findByHandles([checked.value]) : [];
  return visibleTo(viewerId, account ?? null);
}

/** In the order of `ids`. Throws StarlingError BAD_USER_INPUT for more than 100, or for what is no id. */
export async function findUsers(
  { accounts }: Pick<Deps, 'accounts'>,
  viewerId: string | null,
  ids: readonly string[],
): Promise<(Account | null)[]> {
  if (ids.length > MAX_IDS) throw new StarlingError('BAD_USER_INPUT', `At most ${MAX_IDS} ids`);
  return Promise.all(ids.map(checkId).map(async (id) => visibleTo(viewerId, await accounts.load(id))));
}

/**
 * Whether a person may be opened. Only the state of the account counts here: who blocks the viewer can still be opened
 * (handle, name, and the reason why nothing else shows); tweets and lists of people are where relations are asked.
 */
export function visibleTo(viewerId: string | null, account: Account | null): Account | null {
  if (!account) return null;
  const decision = decide(viewerId, { author: account, relation: NO_RELATION }, 'direct');
  return decision.verdict === 'show' ? account : null;
}

function isGiven(text: string | null | undefined): text is string {
  return text !== null && text !== undefined;
}

function checkId(id: string): string {
  if (!isId(id)) throw new StarlingError('BAD_USER_INPUT', 'An id is a decimal string of 19 digits');
  return id;
}
