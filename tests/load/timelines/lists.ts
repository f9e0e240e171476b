import { composeId, IDS_PER_MILLISECOND, IMPORT_NODE, type Id } from '@starling/domain/ids.ts';
import { EVERYTHING, type TimelineStore } from '@starling/timeline/timeline-store/port.ts';

const AT_MS = Date.UTC(2026, 0, 1);

export function viewerAt(index: number): Id {
  return composeId({ atMs: AT_MS + index, node: IMPORT_NODE, sequence: 0 });
}

/** Each id is later than the one before; with no start, later than every viewer's as well. */
export function createMint(fromMs = AT_MS + 1e9): () => Id {
  let minted = -1;
  return () => {
    minted += 1;
    const atMs = fromMs + Math.floor(minted / IDS_PER_MILLISECOND);
    return composeId({ atMs, node: IMPORT_NODE, sequence: minted % IDS_PER_MILLISECOND });
  };
}

const LISTS_AT_A_TIME = 50;

/** A finished list of these ids for each. */
export async function fillTimelines(store: TimelineStore, viewers: readonly Id[], ids: readonly Id[]): Promise<void> {
  const fill = async (viewerId: Id) => {
    await store.begin(viewerId, { token: 't', followsRevision: 0n });
    await store.finish(viewerId, { token: 't', ids, completeFrom: EVERYTHING });
  };
  for (let start = 0; start < viewers.length; start += LISTS_AT_A_TIME)
    await Promise.all(viewers.slice(start, start + LISTS_AT_A_TIME).map(fill));
}
