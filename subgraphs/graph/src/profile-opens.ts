import { isId, type Id } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import { withTransaction } from '@starling/kit/postgres/transaction.ts';
import {
  deleteOldProfileOpens,
  deleteProfileOpensBeyond,
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
  /** From 0 to below 1. Default: Math.random. */
  random?: () => number;
};

const MAX_OPENS = 1_000;
/** Of one viewer: as many as are told of at a time. */
const KEPT_OF_ONE = MAX_OPENS;
/**
 * Whose open is written is looked through for more than that with this chance: to count a thousand takes longer than to write one.
 * By chance, so that who opens much cannot pass it by, however few at a time.
 */
const LOOKED_THROUGH = 1 / 32;
const FORGOTTEN_AT_A_TIME = 5_000;
/** JavaScript's last moment. */
const MAX_MS = 8.64e15;

/**
 * Keeps who looked at whose profile, each as of now: one that comes late is in no list of before, so that what was made of such
 * a list comes out again. Of a viewer the newest thousand stay, and for a while some dozens more. Repeating it changes nothing. Throws
 * StarlingError BAD_USER_INPUT.
 */
export async function noteProfileOpens(
  { pool, now, random = Math.random }: Pick<ProfileOpenDeps, 'pool' | 'now' | 'random'>,
  opens: readonly ProfileOpen[],
): Promise<void> {
  if (opens.length > MAX_OPENS) throw badInput(`At most ${MAX_OPENS} opened profiles at a time`);
  if (!opens.every(isWellFormed)) throw badInput('An opened profile has a malformed id or moment');
  if (opens.length === 0) return;
  const viewerIds = await withTransaction(pool, (client) => insertProfileOpens(client, opens, now()));
  const some = new Set(viewerIds.filter(() => random() < LOOKED_THROUGH));
  for (const viewerId of some) await forgetBeyond(pool, viewerId);
}

async function forgetBeyond(pool: Pool, viewerId: Id): Promise<void> {
  const bounds = { viewerId, kept: KEPT_OF_ONE, limit: FORGOTTEN_AT_A_TIME };
  while ((await deleteProfileOpensBeyond(pool, bounds)) === FORGOTTEN_AT_A_TIME);
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
