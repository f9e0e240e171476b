import type { AccountState } from '@starling/domain/visibility.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import type { Account } from './account.ts';
import type { CachedAccounts } from './loaders.ts';
import { profileEvent, type ProfileEventType } from './publishes.ts';
import type { OrErrors } from './register.ts';
import type { AccountWriter } from './store/account-writer.ts';
import { userError } from './user-errors.ts';

export type StateDeps = {
  writer: Pick<AccountWriter, 'change'>;
  accounts: Pick<CachedAccounts, 'invalidate'>;
  now(): number;
};

type Step = { from: readonly AccountState[]; to: AccountState; event: ProfileEventType };

/** Owners hide and show themselves; what operators hide, only operators show. */
const STEPS = {
  deactivate: { from: ['active'], to: 'deactivated', event: 'user.deactivated' },
  reactivate: { from: ['deactivated'], to: 'active', event: 'user.reactivated' },
  suspend: { from: ['active', 'deactivated'], to: 'suspended', event: 'user.suspended' },
  unsuspend: { from: ['suspended'], to: 'active', event: 'user.reactivated' },
} as const satisfies Record<string, Step>;

/** Takes one step of an account's life. Being there already is no error and no event. */
export async function changeState(
  deps: StateDeps,
  userId: string,
  name: keyof typeof STEPS,
): Promise<OrErrors<Account>> {
  const step: Step = STEPS[name];
  let refusal: UserError[] = [];
  const outcome = await deps.writer.change(userId, (current) => {
    const isDone = current.state === step.to;
    refusal =
      isDone || step.from.includes(current.state)
        ? []
        : [userError('ACCOUNT_NOT_ACTIVE', null, `The account is ${current.state}.`)];
    if (isDone || refusal.length > 0) return null;
    return { patch: { state: step.to }, event: (changed) => profileEvent(step.event, changed, deps.now()) };
  });
  // Also if nothing changed: who made the change that stands may not have answered.
  await deps.accounts.invalidate([userId]);
  if (outcome === null || 'taken' in outcome) {
    return { ok: false, errors: [userError('NOT_FOUND', null, 'There is no such account.')] };
  }
  if (refusal.length > 0) return { ok: false, errors: refusal };
  return { ok: true, value: outcome.account };
}
