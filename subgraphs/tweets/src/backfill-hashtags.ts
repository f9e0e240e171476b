import { firstIdAt } from '@starling/domain/ids.ts';
import type { Store } from './store.ts';

export type BackfillDeps = { store: Pick<Store, 'backfillHashtags'>; now(): number };

const TWEETS_A_STEP = 1_000;
/** In one go, so that other upkeep has its turn. */
const MOST_STEPS = 2_000;
/** Longer than a tweet may take from its id to its commit. */
const LATEST_MS = 2 * 60_000;

/** Enters hashtags of tweets from before they were kept, as far as there are some, until it is told to stop. */
export async function backfillHashtags({ store, now }: BackfillDeps, signal: AbortSignal): Promise<void> {
  for (let step = 0; step < MOST_STEPS && !signal.aborted; step += 1) {
    const request = { beforeId: firstIdAt(now() - LATEST_MS), limit: TWEETS_A_STEP };
    if (!(await store.backfillHashtags(request))) return;
  }
}
