import type { RateLimiter } from '@starling/kit/rate-limit/port.ts';
import type { UsersConfig } from './config.ts';
import type { CachedAccounts } from './loaders.ts';
import type { Passwords } from './passwords.ts';
import type { SignAccessToken } from './sign-access-token.ts';
import type { AccountImporter } from './store/account-importer.ts';
import type { AccountReader } from './store/account-reader.ts';
import type { AccountWriter } from './store/account-writer.ts';
import type { SessionList } from './store/session-list.ts';
import type { SessionStore } from './store/session-store.ts';
import type { SigningKeyStore } from './store/signing-key-store.ts';

/** Everything that open.ts makes. Each function takes the part it needs. */
export type UsersDeps = {
  config: UsersConfig;
  now(): number;
  mintId(): string;
  accounts: CachedAccounts;
  reader: AccountReader;
  writer: AccountWriter;
  importer: AccountImporter;
  sessions: SessionStore;
  sessionList: SessionList;
  keys: SigningKeyStore;
  passwords: Passwords;
  signAccessToken: SignAccessToken;
  /** By login, and by account where a password is asked again. */
  logins: RateLimiter;
  loginAddresses: RateLimiter;
  registrations: RateLimiter;
};
