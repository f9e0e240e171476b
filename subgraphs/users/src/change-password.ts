import { checkPassword } from '@starling/domain/profile.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import { confirmPassword, type ConfirmDeps } from './confirm-password.ts';
import type { Passwords } from './passwords.ts';
import type { AccountWriter } from './store/account-writer.ts';
import { createForm, wrongPassword } from './user-errors.ts';

export type ChangePasswordInput = { currentPassword: string; newPassword: string };

type Deps = ConfirmDeps & {
  passwords: Pick<Passwords, 'hash' | 'verify'>;
  writer: Pick<AccountWriter, 'replacePassword'>;
};

/** A login may renew the hash after it was verified here: then the new one is verified. */
const TRIES = 2;

/** Ends every session but the one that asks. Answers with what is wrong. */
export async function changePassword(
  deps: Deps,
  viewer: { userId: string; sessionId: string | null },
  input: ChangePasswordInput,
): Promise<UserError[]> {
  const form = createForm();
  const newPassword = form.take('newPassword', checkPassword(input.newPassword));
  if (form.errors.length > 0) return form.errors;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const credentials = await confirmPassword(deps, viewer.userId, input.currentPassword);
    if (!credentials) break;
    const isReplaced = await deps.writer.replacePassword({
      userId: viewer.userId,
      oldHash: credentials.passwordHash,
      newHash: await deps.passwords.hash(newPassword),
      endSessions: { except: viewer.sessionId },
    });
    if (isReplaced) return [];
  }
  return [wrongPassword('currentPassword')];
}
