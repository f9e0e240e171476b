import type { CachedAccounts } from './loaders.ts';
import { erasedEvent } from './publishes.ts';
import type { AccountWriter } from './store/account-writer.ts';

type Deps = { writer: Pick<AccountWriter, 'erase'>; accounts: Pick<CachedAccounts, 'invalidate'>; now(): number };

/** Erasing twice is erasing once. False if the person was gone already, or never was. */
export async function eraseAccount(deps: Deps, userId: string): Promise<boolean> {
  const isErased = await deps.writer.erase(userId, (erased) => erasedEvent(erased, deps.now()));
  await deps.accounts.invalidate([userId]);
  return isErased;
}
