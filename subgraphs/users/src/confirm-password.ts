import { isWellFormed, PASSWORD_MAX } from '@starling/domain/profile.ts';
import type { RateLimiter } from '@starling/kit/rate-limit/port.ts';
import type { Credentials } from './account.ts';
import type { Passwords } from './passwords.ts';
import type { AccountReader } from './store/account-reader.ts';

export type ConfirmDeps = {
  reader: Pick<AccountReader, 'findCredentials'>;
  passwords: Pick<Passwords, 'verify'>;
  logins: RateLimiter;
};

/**
 * The viewer's credentials if the password is right, else null. A stolen access token must not become a way to guess, so
 * this counts like attempts to log in. Throws StarlingError RATE_LIMITED after too many.
 */
export async function confirmPassword(
  deps: ConfirmDeps,
  userId: string,
  password: string,
): Promise<Credentials | null> {
  if (!isWellFormed(password) || password.length > 2 * PASSWORD_MAX) return null;
  const key = `id:${userId}`;
  await deps.logins.consume(key);
  const credentials = await deps.reader.findCredentials({ id: userId });
  if (!(await deps.passwords.verify(credentials?.passwordHash ?? null, password))) return null;
  await deps.logins.forgive(key);
  return credentials;
}
