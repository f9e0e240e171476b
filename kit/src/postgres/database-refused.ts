import { StarlingError } from '../errors.ts';
import { MigrationError } from './migrations.ts';
import { isUnavailable } from './unavailable.ts';

/** The oldest major version whose SQL ours is. */
export const LEAST_MAJOR = 15;

/** A database that cannot be worked with; the message names it, says why and what to do, and never has a password in it. */
export class DatabaseRefused extends Error {
  override name = 'DatabaseRefused';
}

export type DatabaseAddress = {
  url: string;
  /** As the configuration names it. */
  name: string;
  /** Of the environment that has it. Default `<NAME>_DATABASE_URL`. */
  variable?: string;
};

/** Throws DatabaseRefused for an address that is none. */
export function checkAddress(address: DatabaseAddress): void {
  const parsed = URL.parse(address.url);
  if (parsed !== null && /^postgres(ql)?:$/.test(parsed.protocol) && parsed.pathname.length > 1) return;
  throw new DatabaseRefused(
    `${variableOf(address)} is no address of a database: postgres://USER:PASSWORD@HOST:PORT/DATABASE is expected.`,
  );
}

/** In words for the person who starts a process, if this is why the database cannot be opened; else the error itself. */
export function explainRefusal(error: unknown, address: DatabaseAddress): unknown {
  // A migration that failed for want of something is no fault of the migration.
  const reason = error instanceof MigrationError && isUnavailable(error.cause) ? error.cause : error;
  const { code, message } = (reason ?? {}) as { code?: unknown; message?: unknown };
  const what = `The database ${address.name} (${placeOf(address)})`;
  const variable = variableOf(address);
  const refuse = (why: string) => new DatabaseRefused(`${what} ${why}`, { cause: error });
  if (reason instanceof MigrationError) return refuse(`cannot be brought up to date. ${reason.message}`);
  switch (code) {
    case '28P01':
    case '28000':
      return refuse(`does not let us in: user or password is wrong. Correct ${variable}, or the server's pg_hba.conf.`);
    case '3D000':
      return refuse(`does not exist. Create it, or correct ${variable}.`);
    case '42501':
      return refuse(`forbids what we have to do (${String(message)}). Make the user of ${variable} its owner.`);
    case '25006':
      return refuse(`is read-only: it is a standby. Let ${variable} name the primary.`);
    case '53100':
      return refuse('has no room left on its disk. Make room, then start again; nothing was lost.');
    case '53300':
      return refuse("has no connection left. Raise the server's max_connections, or lower the sizes of the pools.");
    default:
      return isUnavailable(reason)
        ? refuse(`cannot be reached: ${reasonOf(reason)}. Start the server, or correct ${variable}.`)
        : error;
  }
}

export function tooOld(version: string, address: DatabaseAddress): DatabaseRefused {
  return new DatabaseRefused(
    `The database ${address.name} (${placeOf(address)}) runs on PostgreSQL ${version}; ${LEAST_MAJOR} or newer is needed.`,
  );
}

/** Where it is, without who asks. */
export function placeOf({ url }: DatabaseAddress): string {
  const parsed = URL.parse(url);
  return parsed === null ? 'at no address' : `${parsed.host}${parsed.pathname}`;
}

function variableOf({ name, variable = `${name.toUpperCase()}_DATABASE_URL` }: DatabaseAddress): string {
  return variable;
}

/** Node tells several addresses that were tried in one error without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join(', ');
  const inner = error instanceof StarlingError && error.cause !== undefined ? error.cause : error;
  return inner instanceof Error ? inner.message : String(inner);
}
