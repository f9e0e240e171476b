import { firstIdAt, type Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import { drainWithProgress } from '@starling/stack/community/seed-demo.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { findUser } from '../users/find-user.ts';
import { checkEach, type CheckResult } from './check-timelines.ts';
import { holdTimeline, type Mismatch } from './hold-timeline.ts';
import { readTruthOfOne } from './true-timelines.ts';

export type AuditOptions = {
  /** Whose timeline; null for those of everybody who can read one. */
  handle: string | null;
  /**
   * Beside traffic: how many milliseconds a delivery may take; what was posted within them is left out. Null where nobody else is at
   * work: then everything is compared, once it is delivered.
   */
  graceMs: number | null;
  signal: AbortSignal;
  onProgress(step: string, done: number, total: number): void;
  /** Epoch milliseconds. */
  now?: () => number;
};

const IDS_A_PAGE = 10_000;
const USERS_A_CALL = 1_000;
/** What is done while a timeline is looked at may make it differ. What differs is looked at again, and differs each time if it is wrong. */
const LOOKS = 3;

/**
 * Holds home timelines, as the gateway gives them, against the definition, computed by brute force: one after the other, each as things
 * stand then, so people may do what they like meanwhile. Of somebody into whose past an import writes meanwhile it may be mistaken.
 */
export async function auditTimelines(
  stack: Pick<Stack, 'services' | 'executeAs' | 'collapseWithin' | 'drain'>,
  { handle, graceMs, signal, onProgress, now = Date.now }: AuditOptions,
): Promise<CheckResult> {
  const { services, collapseWithin } = stack;
  const one = handle === null ? null : await findUser(services.users, handle);
  if (graceMs === null) await drainWithProgress(stack, onProgress, signal);
  const look = async (viewerId: Id): Promise<Mismatch | null> => {
    const beforeId = graceMs === null ? null : firstIdAt(now() - graceMs);
    const truth = await readTruthOfOne(services, viewerId, { collapseWithin, beforeId });
    return holdTimeline(stack, viewerId, truth);
  };
  const viewerIds = one === null ? await readers(services.users, signal) : [one.id];
  const onChecked = (done: number, total: number) => onProgress('checked', done, total);
  return checkEach({ viewerIds, onChecked }, (viewerId) => lookUntilEqual(() => look(viewerId), signal));
}

async function lookUntilEqual(look: () => Promise<Mismatch | null>, signal: AbortSignal): Promise<Mismatch | null> {
  for (let left = LOOKS; ; left -= 1) {
    signal.throwIfAborted();
    const mismatch = await look();
    if (mismatch === null || left === 1) return mismatch;
  }
}

type AsksUsers = Stack['services']['users'];

/** Those who can log in and look. */
async function readers(users: AsksUsers, signal: AbortSignal): Promise<Id[]> {
  const found: Id[] = [];
  for (let afterId = ''; ;) {
    signal.throwIfAborted();
    const { ids } = await users.listUserIds(systemCall('audit'), { afterId, limit: IDS_A_PAGE });
    found.push(...(await activeAmong(users, ids)));
    if (ids.length < IDS_A_PAGE) return found;
    afterId = ids.at(-1) ?? '';
  }
}

async function activeAmong(users: AsksUsers, ids: readonly Id[]): Promise<Id[]> {
  const found: Id[] = [];
  for (let start = 0; start < ids.length; start += USERS_A_CALL) {
    const answer = await users.getUsers(systemCall('audit'), { ids: ids.slice(start, start + USERS_A_CALL) });
    found.push(...answer.users.filter(({ state }) => state === 'active').map(({ id }) => id));
  }
  return found;
}
