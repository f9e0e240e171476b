import { isId, type Id } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import {
  deleteOldProfileOpens,
  insertProfileOpens,
  readProfileOpens,
  type KeptOpen,
  type ProfileOpen,
} from './store/profile-opens.ts';

export type ProfileOpenDeps = {
  pool: Pool;
  /** Milliseconds for which opens are told of. */
  profileOpensKeptMs: number;
  /** Epoch milliseconds. */
  now: () => number;
};

const MAX_OPENS = 1_000;
/** JavaScript's last moment. */
const MAX_MS = 8.64e15;

/**
 * Keeps who looked at whose profile, each as of now: one that comes late is in no list of before, so that what was made of such
 * a list comes out again. Repeating it changes nothing. Throws StarlingError BAD_USER_INPUT.
 */
export async function noteProfileOpens(
  { pool, now }: Pick<ProfileOpenDeps, 'pool' | 'now'>,
  opens: readonly ProfileOpen[],
): Promise<void> {
  if (opens.length > MAX_OPENS) throw badInput(`At most ${MAX_OPENS} opened profiles at a time`);
  if (!opens.every(isWellFormed)) throw badInput('An opened profile has a malformed id or moment');
  if (opens.length > 0) await withTransaction(pool, (client) => insertProfileOpens(client, opens, now()));
}

function isWellFormed({ viewerId, userId, slotMs }: ProfileOpen): boolean {
  return isId(viewerId) && isId(userId) && viewerId !== userId && isMoment(slotMs);
}

/** What a person opened of late before a moment, newest first. Throws StarlingError BAD_USER_INPUT. */
export async function listProfileOpens(
  { pool, profileOpensKeptMs }: Pick<ProfileOpenDeps, 'pool' | 'profileOpensKeptMs'>,
  { viewerId, beforeMs, limit }: { viewerId: Id; beforeMs: number; limit: number },
): Promise<KeptOpen[]> {
  if (!isId(viewerId)) throw badInput('This is not the id of a person');
  if (!isMoment(beforeMs)) throw badInput('This is no moment');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_OPENS)
    throw badInput(`"limit" must be from 1 to ${MAX_OPENS}`);
  const fromMs = Math.max(0, beforeMs - profileOpensKeptMs);
  return readProfileOpens(pool, { viewerId, fromMs, beforeMs, limit });
}

/** For so long what nobody is told of any more is left there, so that a list asked for again is the same. */
const GRACE_MS = 24 * 60 * 60 * 1000;
const FORGOTTEN_AT_A_TIME = 5_000;

/** Forgets what has become too old. Repeating it, also after it was cut off, is safe. */
export async function forgetProfileOpens(
  { pool, profileOpensKeptMs, now }: ProfileOpenDeps,
  signal: AbortSignal,
): Promise<void> {
  const beforeMs = now() - profileOpensKeptMs - GRACE_MS;
  while (!signal.aborted && (await deleteOldProfileOpens(pool, beforeMs, FORGOTTEN_AT_A_TIME)) > 0);
}

function isMoment(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0 && ms <= MAX_MS;
}

function badInput(message: string): StarlingError {
  return new StarlingError('BAD_USER_INPUT', message);
}
