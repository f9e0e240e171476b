import type { Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import { drainWithProgress } from '@starling/stack/community/seed-demo.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { findUser } from '../users/find-user.ts';
import { checkTimelines, type CheckResult } from './check-timelines.ts';

export type AuditOptions = {
  /** Whose timeline; null for those of everybody who can read one. */
  handle: string | null;
  signal: AbortSignal;
  onProgress(step: string, done: number, total: number): void;
};

const IDS_A_PAGE = 10_000;
const USERS_A_CALL = 1_000;

/** Holds home timelines, as the gateway gives them, against the definition, computed by brute force. */
export async function auditTimelines(
  stack: Pick<Stack, 'services' | 'executeAs' | 'collapseWithin' | 'drain'>,
  { handle, signal, onProgress }: AuditOptions,
): Promise<CheckResult> {
  const one = handle === null ? null : await findUser(stack.services.users, handle);
  await drainWithProgress(stack, onProgress, signal);
  const actorIds = await everybody(stack.services.users, signal);
  return checkTimelines({
    ...stack,
    actorIds,
    viewerIds: one === null ? await readers(stack.services.users, actorIds) : [one.id],
    onChecked(done, total) {
      signal.throwIfAborted();
      onProgress('checked', done, total);
    },
  });
}

type AsksUsers = Stack['services']['users'];

async function everybody(users: AsksUsers, signal: AbortSignal): Promise<Id[]> {
  const all: Id[] = [];
  for (;;) {
    signal.throwIfAborted();
    const { ids } = await users.listUserIds(systemCall('audit'), { afterId: all.at(-1) ?? '', limit: IDS_A_PAGE });
    all.push(...ids);
    if (ids.length < IDS_A_PAGE) return all;
  }
}

/** Those who can log in and look. */
async function readers(users: AsksUsers, ids: readonly Id[]): Promise<Id[]> {
  const found: Id[] = [];
  for (let start = 0; start < ids.length; start += USERS_A_CALL) {
    const answer = await users.getUsers(systemCall('audit'), { ids: ids.slice(start, start + USERS_A_CALL) });
    found.push(...answer.users.filter(({ state }) => state === 'active').map(({ id }) => id));
  }
  return found;
}
