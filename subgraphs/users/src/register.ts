import { checkEmail, checkName, checkNewHandle, checkPassword } from '@starling/domain/profile.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import type { RateLimiter } from '@starling/kit/rate-limit/port.ts';
import type { Account } from './account.ts';
import type { CachedAccounts } from './loaders.ts';
import type { Passwords } from './passwords.ts';
import { profileEvent } from './publishes.ts';
import { newSession, type SessionClient, type Tokens } from './session-tokens.ts';
import type { SignAccessToken } from './sign-access-token.ts';
import type { AccountReader } from './store/account-reader.ts';
import type { AccountWriter } from './store/account-writer.ts';
import { createForm, taken } from './user-errors.ts';

export type RegisterInput = { handle: string; name: string; email: string; password: string };
export type LoggedIn = { user: Account; tokens: Tokens };
export type OrErrors<Result> = { ok: true; value: Result } | { ok: false; errors: UserError[] };

type Deps = {
  reader: Pick<AccountReader, 'findTaken'>;
  writer: Pick<AccountWriter, 'create'>;
  accounts: Pick<CachedAccounts, 'invalidate'>;
  passwords: Pick<Passwords, 'hash'>;
  registrations: Pick<RateLimiter, 'consume'>;
  signAccessToken: SignAccessToken;
  mintId(): string;
  config: { sessionMs: number };
  now(): number;
};

/** Throws StarlingError RATE_LIMITED for too many registrations from one address. */
export async function register(deps: Deps, client: SessionClient, input: RegisterInput): Promise<OrErrors<LoggedIn>> {
  const form = createForm();
  const handle = form.take('handle', checkNewHandle(input.handle));
  const name = form.take('name', checkName(input.name));
  const email = form.take('email', checkEmail(input.email));
  const password = form.take('password', checkPassword(input.password));
  if (form.errors.length > 0) return { ok: false, errors: form.errors };

  if (client.clientAddress !== null) await deps.registrations.consume(client.clientAddress);
  const fieldsTaken = await deps.reader.findTaken({ handle, email });
  if (fieldsTaken.length > 0) return { ok: false, errors: fieldsTaken.map(taken) };

  const passwordHash = await deps.passwords.hash(password);
  const nowMs = deps.now();
  const id = deps.mintId();
  const { session, refreshToken } = newSession({ userId: id, client, nowMs, sessionMs: deps.config.sessionMs });
  const account = { id, handle, name, email, passwordHash, bio: '', createdAtMs: nowMs };
  const created = await deps.writer.create(account, session, (user) => profileEvent('user.registered', user, nowMs));
  if ('taken' in created) return { ok: false, errors: [taken(created.taken)] };
  await deps.accounts.invalidate([id]);
  const accessToken = await deps.signAccessToken({ userId: id, sessionId: session.id, roles: [] });
  return { ok: true, value: { user: created.account, tokens: { accessToken, refreshToken } } };
}
