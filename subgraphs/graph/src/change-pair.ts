import { isId, type Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { requireViewer } from '@starling/kit/require-viewer.ts';
import type { UserError, UserErrorCode } from '@starling/schema/error-codes.ts';
import type { UserFacts, Users } from '@starling/schema/generated/rpc/users.ts';
import { changeRelations, type ChangeDeps, type RelationChange } from './change-relations.ts';
import { readRelationsTo, type RelationTo } from './store/relations.ts';

export type PairDeps = ChangeDeps & { users: Pick<Users<CallContext>, 'getUsers'> };

/** The other person's id, or what is wrong with the input; then nothing was changed. */
export type PairResult = { userId: Id } | { errors: UserError[] };

/** A pair of people under lock: what the viewer and the target are to each other now. */
export type LockedPair = { viewerId: Id; targetId: Id; target: UserFacts; relation: RelationTo };

/**
 * Checks what holds for every mutation on another person, then runs `work` with both locked. `work` answers with what
 * forbids the change, before it has changed anything, or with null.
 */
export async function changePair(
  deps: PairDeps,
  call: CallContext,
  {
    targetId,
    adds,
  }: { targetId: string; /** Whether it makes a relation, which needs a living target. */ adds: boolean },
  work: (change: RelationChange, pair: LockedPair) => Promise<UserError | null>,
): Promise<PairResult> {
  const viewerId = requireViewer(call);
  if (!isId(targetId)) return fail('MALFORMED', 'This is not the id of a person');
  if (targetId === viewerId) return fail('SELF', 'One cannot do this to oneself');
  const facts = await readFacts(deps, call, [viewerId, targetId]);
  const target = facts.get(targetId);
  if (facts.get(viewerId)?.state !== 'active') return { errors: [NOT_ACTIVE] };
  if (target === undefined) return fail('NOT_FOUND', 'There is no such person');
  if (adds && target.state === 'erased') return fail('UNAVAILABLE', 'The account is gone');
  const error = await changeRelations(deps, [viewerId, targetId], async (change) => {
    change.concern({ actorId: viewerId, targetId });
    change.concern({ actorId: targetId, targetId: viewerId });
    if (change.personOf(viewerId).erased) return NOT_ACTIVE;
    if (adds && change.personOf(targetId).erased) return userError('UNAVAILABLE', 'The account is gone');
    const relation = (await readRelationsTo(change.client, viewerId, [targetId])).get(targetId);
    if (relation === undefined) throw new Error('The relation to a person is missing');
    return work(change, { viewerId, targetId, target, relation });
  });
  return error === null ? { userId: targetId } : { errors: [error] };
}

export function userError(code: UserErrorCode, message: string): UserError {
  return { code, field: ['userId'], message };
}

export const NOT_ACTIVE: UserError = { code: 'ACCOUNT_NOT_ACTIVE', field: null, message: 'Your account is not active' };

function fail(code: UserErrorCode, message: string): PairResult {
  return { errors: [userError(code, message)] };
}

async function readFacts({ users }: PairDeps, call: CallContext, ids: Id[]): Promise<Map<Id, UserFacts>> {
  const { users: found } = await users.getUsers(call, { ids });
  return new Map(found.map((user) => [user.id, user]));
}
