import { isId } from '@starling/domain/ids.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import DataLoader from 'dataloader';
import type { Account } from './account.ts';
import type { AccountReader } from './store/account-reader.ts';

/** Accounts by id, whatever their state; null where there is none. */
export type AccountLoader = Pick<DataLoader<string, Account | null>, 'load' | 'loadMany'>;

export type CachedAccounts = {
  /** Unknown and malformed ids are absent. */
  findMany(ids: readonly string[]): Promise<Map<string, Account>>;
  /** To be awaited after a commit, before the answer. A cache that is away does not undo what stands: its event calls `forget`. */
  invalidate(ids: readonly string[]): Promise<void>;
  /** Throws StarlingError UNAVAILABLE while the cache is away. */
  forget(ids: readonly string[]): Promise<void>;
};

type Caching = { cache: Pick<Cache, 'getOrLoadMany' | 'delete'>; ttlMs: number; logger: ErrorLog };

/** Reads through the cache, with one statement for all that is missing. */
export function createCachedAccounts(
  reader: Pick<AccountReader, 'findMany'>,
  { cache, ttlMs, logger }: Caching,
): CachedAccounts {
  const forget = (ids: readonly string[]) => cache.delete(ids.map(keyOf));
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
    forget,
    invalidate: (ids) =>
      forget(ids).catch((error: unknown) =>
        logger.error({ error, accounts: ids.length }, 'Cached accounts could not be dropped; their events will do it'),
      ),
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
