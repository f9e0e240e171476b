import type { AccountState } from '@starling/domain/visibility.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import type { Account } from './account.ts';
import type { CachedAccounts } from './loaders.ts';
import { profileEvent, type ProfileEventType } from './publishes.ts';
import type { OrErrors } from './register.ts';
import type { AccountWriter, Change, LockedAccount } from './store/account-writer.ts';
import { userError } from './user-errors.ts';

export type StateDeps = {
  writer: Pick<AccountWriter, 'change'>;
  accounts: Pick<CachedAccounts, 'invalidate'>;
  now(): number;
};

/** `to` are the states that it may lead to. */
type Step = { from: readonly AccountState[]; to: readonly AccountState[] };

/** Owners hide and show themselves; what operators hide, only operators show, unless the owner had hidden it before. */
const STEPS = {
  deactivate: { from: ['active'], to: ['deactivated'] },
  reactivate: { from: ['deactivated'], to: ['active'] },
  suspend: { from: ['active', 'deactivated'], to: ['suspended'] },
  unsuspend: { from: ['suspended'], to: ['active', 'deactivated'] },
} as const satisfies Record<string, Step>;

type StepName = keyof typeof STEPS;

const EVENTS = {
  active: 'user.reactivated',
  deactivated: 'user.deactivated',
  suspended: 'user.suspended',
} as const satisfies Partial<Record<AccountState, ProfileEventType>>;

/** Takes one step of an account's life. Being there already is no error and no event. */
export async function changeState(deps: StateDeps, userId: string, name: StepName): Promise<OrErrors<Account>> {
  const step: Step = STEPS[name];
  let refusal: UserError[] = [];
  const outcome = await deps.writer.change(userId, (current) => {
    const isDone = step.to.includes(current.state);
    refusal =
      isDone || step.from.includes(current.state)
        ? []
        : [userError('ACCOUNT_NOT_ACTIVE', null, `The account is ${current.state}.`)];
    return isDone || refusal.length > 0 ? null : planStep(name, current, deps.now());
  });
  // Also if nothing changed: who made the change that stands may not have answered.
  await deps.accounts.invalidate([userId]);
  if (outcome === null || 'taken' in outcome) {
    return { ok: false, errors: [userError('NOT_FOUND', null, 'There is no such account.')] };
  }
  if (refusal.length > 0) return { ok: false, errors: refusal };
  return { ok: true, value: outcome.account };
}

function planStep(name: StepName, { state: left, stateBefore }: LockedAccount, nowMs: number): Change {
  const [first] = STEPS[name].to;
  const state = name === 'unsuspend' && stateBefore === 'deactivated' ? stateBefore : first;
  return {
    patch: { state, stateBefore: state === 'suspended' ? left : null },
    event: (changed) => profileEvent(EVENTS[state], changed, nowMs),
  };
}
