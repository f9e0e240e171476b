import type { Id } from '@starling/domain/ids.ts';
import type { CachedTweets } from './cached-tweets.ts';
import type { Store } from './store.ts';

export type ErasePersonDeps = {
  store: Pick<Store, 'erasePersonSome' | 'forgetOutbox'>;
  cached: Pick<CachedTweets, 'forget'>;
  now(): number;
  /** Rows of a kind in one transaction. */
  eraseBatch: number;
};

/** Nothing is left of what the person wrote and did, nor in events that wait. Repeating it changes nothing. */
export async function erasePerson({ store, cached, now, eraseBatch }: ErasePersonDeps, userId: Id): Promise<void> {
  for (;;) {
    const { rows, entryIds } = await store.erasePersonSome({ userId, at: now(), limit: eraseBatch });
    await cached.forget(entryIds);
    if (rows === 0) break;
  }
  await store.forgetOutbox(userId);
}
