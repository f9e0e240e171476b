import { checkEmail, checkHandle, EMAIL_MAX, isWellFormed, PASSWORD_MAX } from '@starling/domain/profile.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import type { RateLimiter } from '@starling/kit/rate-limit/port.ts';
import type { Credentials } from './account.ts';
import type { CachedAccounts } from './loaders.ts';
import type { Passwords } from './passwords.ts';
import type { LoggedIn, OrErrors } from './register.ts';
import { newSession, type SessionClient } from './session-tokens.ts';
import type { SignAccessToken } from './sign-access-token.ts';
import type { AccountReader } from './store/account-reader.ts';
import type { AccountWriter } from './store/account-writer.ts';
import type { SessionStore } from './store/session-store.ts';
import { userError } from './user-errors.ts';

export type LoginInput = { login: string; password: string };

type Deps = {
  reader: Pick<AccountReader, 'findCredentials'>;
  writer: Pick<AccountWriter, 'replacePassword'>;
  sessions: Pick<SessionStore, 'open'>;
  accounts: Pick<CachedAccounts, 'findMany'>;
  passwords: Passwords;
  logins: RateLimiter;
  loginAddresses: Pick<RateLimiter, 'consume'>;
  signAccessToken: SignAccessToken;
  config: { sessionMs: number };
  now(): number;
};

/**
 * By handle or e-mail address. What does not exist gets the answer of a wrong password, after the same work.
 * Deactivated and suspended people may log in: they still see themselves.
 * Throws StarlingError RATE_LIMITED for too many attempts at one login, or from one address.
 */
export async function login(deps: Deps, client: SessionClient, input: LoginInput): Promise<OrErrors<LoggedIn>> {
  const malformed = checkForm(input);
  if (malformed.length > 0) return { ok: false, errors: malformed };
  const key = input.login.trim().normalize('NFC').toLowerCase();
  if (client.clientAddress !== null) await deps.loginAddresses.consume(client.clientAddress);
  await deps.logins.consume(key);

  const opened = await openSession(deps, client, { key, password: input.password });
  if (!opened) return refused();
  await deps.logins.forgive(key);
  const { credentials, sessionId, refreshToken } = opened;
  const user = (await deps.accounts.findMany([credentials.userId])).get(credentials.userId);
  if (!user) return refused();
  const accessToken = await deps.signAccessToken({ ...credentials, sessionId });
  return { ok: true, value: { user, tokens: { accessToken, refreshToken } } };
}

type Opened = { credentials: Credentials; sessionId: string; refreshToken: string };

/** A login beside this one may renew the hash after it was verified here: then the new one is verified. */
const TRIES = 2;

/** Null if the password is wrong. */
async function openSession(
  deps: Deps,
  client: SessionClient,
  { key, password }: { key: string; password: string },
): Promise<Opened | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const credentials = await findCredentials(deps, key);
    const isRight = await deps.passwords.verify(credentials?.passwordHash ?? null, password);
    if (!credentials || !isRight) return null;
    const { userId } = credentials;
    const passwordHash = await renewHash(deps, credentials, password);
    const frame = { userId, client, nowMs: deps.now(), sessionMs: deps.config.sessionMs };
    const { session, refreshToken } = newSession(frame);
    if (await deps.sessions.open(session, passwordHash)) return { credentials, sessionId: session.id, refreshToken };
  }
  return null;
}

/** Lengths are bounded so that nobody's nonsense is kept in the limiter or hashed at length. */
function checkForm({ login, password }: LoginInput): UserError[] {
  const fields = { login: [login, EMAIL_MAX], password: [password, PASSWORD_MAX] } as const;
  return Object.entries(fields).flatMap(([field, [text, max]]) => {
    if (!isWellFormed(text)) return [userError('MALFORMED', field, 'This must be well-formed text.')];
    if (text === '') return [userError('EMPTY', field, 'This must not be empty.')];
    return text.length > 2 * max ? [userError('TOO_LONG', field, `This has at most ${max} characters.`)] : [];
  });
}

async function findCredentials({ reader }: Pick<Deps, 'reader'>, key: string): Promise<Credentials | null> {
  const email = checkEmail(key);
  if (email.ok) return reader.findCredentials({ email: email.value });
  const handle = checkHandle(key.replace(/^@/, ''));
  return handle.ok ? reader.findCredentials({ handle: handle.value }) : null;
}

/** Brings the hash to today's cost while the password is at hand. Answers with the hash that is stored now. */
async function renewHash(deps: Deps, { userId, passwordHash }: Credentials, password: string): Promise<string> {
  if (!deps.passwords.isOutdated(passwordHash)) return passwordHash;
  const newHash = await deps.passwords.hash(password);
  const isReplaced = await deps.writer.replacePassword({ userId, oldHash: passwordHash, newHash });
  return isReplaced ? newHash : passwordHash;
}

function refused(): { ok: false; errors: UserError[] } {
  return { ok: false, errors: [userError('WRONG_CREDENTIALS', null, 'Login or password is wrong.')] };
}
