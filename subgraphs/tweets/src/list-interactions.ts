import { firstIdAt } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { ListInteractionsRequest, ListInteractionsResponse } from '@starling/schema/generated/rpc/tweets.ts';
import { checkIds } from './get-entries.ts';
import type { Store } from './store.ts';

const MAX_LIMIT = 1_000;

/** What a person did lately to tweets of others. Throws StarlingError BAD_USER_INPUT. */
export async function listInteractions(
  store: Pick<Store, 'listInteractions'>,
  { userId, beforeMs, limit }: ListInteractionsRequest,
): Promise<ListInteractionsResponse> {
  checkIds([userId], 1);
  if (limit < 1 || limit > MAX_LIMIT)
    throw new StarlingError('BAD_USER_INPUT', `"limit" must be from 1 to ${MAX_LIMIT}`);
  const rows = await store.listInteractions({ userId, beforeMs: momentOf(beforeMs), limit });
  return { interactions: rows.map(({ atMs, ...row }) => ({ ...row, atMs: BigInt(atMs) })) };
}

/** Only what an id can be of. */
function momentOf(ms: bigint): number {
  try {
    firstIdAt(Number(ms));
    return Number(ms);
  } catch (cause) {
    throw new StarlingError('BAD_USER_INPUT', `${ms} is no moment`, {}, { cause });
  }
}
