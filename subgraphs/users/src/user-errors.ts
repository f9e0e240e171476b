import type { Checked } from '@starling/domain/profile.ts';
import type { UserError, UserErrorCode } from '@starling/schema/error-codes.ts';
import type { Account } from './account.ts';

export function userError(code: UserErrorCode, field: string | null, message: string): UserError {
  return { code, field: field === null ? null : [field], message };
}

/** Keeps the value of each check and collects what is wrong. A value is good only if `errors` stays empty. */
export function createForm(): { errors: UserError[]; take(field: string, checked: Checked): string } {
  const errors: UserError[] = [];
  return {
    errors,
    take(field, checked) {
      if (checked.ok) return checked.value;
      errors.push(userError(checked.problem.code, field, checked.problem.message));
      return '';
    },
  };
}

export const wrongPassword = (field: string): UserError =>
  userError('WRONG_CREDENTIALS', field, 'The password is wrong.');

export function taken(field: 'handle' | 'email'): UserError {
  const what = field === 'handle' ? 'handle' : 'e-mail address';
  return userError('TAKEN', field, `Somebody else has this ${what}.`);
}

/** Empty if the account may act. */
export function notActive({ state }: Pick<Account, 'state'>): UserError[] {
  return state === 'active' ? [] : [userError('ACCOUNT_NOT_ACTIVE', null, `The account is ${state}.`)];
}
