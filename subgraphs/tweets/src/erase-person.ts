import type { Id } from '@starling/domain/ids.ts';
import type { Store } from './store.ts';

export type ErasePersonDeps = {
  store: Pick<Store, 'erasePersonSome' | 'forgetPerson'>;
  now(): number;
  /** Rows of a kind in one transaction. */
  eraseBatch: number;
};

/** Nothing is left of what the person wrote and did, nor in events that wait. Repeating it changes nothing. */
export async function erasePerson({ store, now, eraseBatch }: ErasePersonDeps, userId: Id): Promise<void> {
  let wasFound = false;
  for (;;) {
    const rows = await store.erasePersonSome({ userId, at: now(), limit: eraseBatch });
    if (rows === 0) break;
    wasFound = true;
  }
  await store.forgetPerson({ userId, at: now(), wasFound });
}

/** Longer than an operation may last: whatever found the account still there has been committed, or never will be. */
const LATEST_MS = 2 * 60_000;

export type EraseLatecomersDeps = ErasePersonDeps & {
  store: ErasePersonDeps['store'] & Pick<Store, 'readErased' | 'closeErasure'>;
};

/** Looks once more after those who were erased a while ago: a tweet may have been under way when they went. */
export async function eraseLatecomers(deps: EraseLatecomersDeps): Promise<void> {
  for (const userId of await deps.store.readErased(deps.now() - LATEST_MS)) {
    await erasePerson(deps, userId);
    await deps.store.closeErasure(userId);
  }
}
