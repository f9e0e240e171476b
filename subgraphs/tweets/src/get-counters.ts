import type { GetCountersResponse } from '@starling/schema/generated/rpc/tweets.ts';
import { checkIds } from './get-entries.ts';
import type { Store } from './store.ts';

const MAX_IDS = 1_000;

/** As they are now. What never was a tweet is absent. Throws StarlingError BAD_USER_INPUT. */
export async function getCounters(
  store: Pick<Store, 'readCounters'>,
  ids: readonly string[],
): Promise<GetCountersResponse> {
  checkIds(ids, MAX_IDS);
  if (ids.length === 0) return { counters: [] };
  const found = await store.readCounters(ids);
  return { counters: [...found.values()].map(({ revision: _, ...counters }) => counters) };
}
