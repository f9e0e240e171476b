import { isId } from '@starling/domain/ids.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import DataLoader from 'dataloader';
import type { Account } from './account.ts';
import type { AccountReader } from './store/account-reader.ts';

/** Accounts by id, whatever their state; null where there is none. */
export type AccountLoader = Pick<DataLoader<string, Account | null>, 'load' | 'loadMany'>;

export type CachedAccounts = {
  /** Unknown and malformed ids are absent. */
  findMany(ids: readonly string[]): Promise<Map<string, Account>>;
  /** To be awaited after a commit, before the answer. */
  invalidate(ids: readonly string[]): Promise<void>;
};

/** Reads through the cache, with one statement for all that is missing. */
export function createCachedAccounts(
  reader: Pick<AccountReader, 'findMany'>,
  cache: Pick<Cache, 'getOrLoadMany' | 'delete'>,
  ttlMs: number,
): CachedAccounts {
  return {
    async findMany(ids) {
      const known = [...new Set(ids)].filter(isId);
      if (known.length === 0) return new Map();
      const found = await cache.getOrLoadMany<Account>(known.map(keyOf), (missing) => loadMissing(reader, missing), {
        ttlMs,
      });
      const accounts = [...found.values()].filter((account) => account !== null);
      return new Map(accounts.map((account) => [account.id, account]));
    },
    invalidate: (ids) => cache.delete(ids.map(keyOf)),
  };
}

/** Lives as long as one operation. */
export function createAccountLoader(accounts: Pick<CachedAccounts, 'findMany'>): AccountLoader {
  return new DataLoader(async (ids) => {
    const found = await accounts.findMany(ids);
    return ids.map((id) => found.get(id) ?? null);
  });
}

const PREFIX = 'users:account:';
const keyOf = (id: string) => PREFIX + id;

async function loadMissing(
  reader: Pick<AccountReader, 'findMany'>,
  keys: readonly string[],
): Promise<Map<string, Account>> {
  const found = await reader.findMany(keys.map((key) => key.slice(PREFIX.length)));
  return new Map([...found].map(([id, account]) => [keyOf(id), account]));
}
