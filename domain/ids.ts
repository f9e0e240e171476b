/**
 * Ids are 63-bit snowflakes: 41 bits of milliseconds since EPOCH_MS, 9 bits of node, 1 bit that marks a retweet,
 * 12 bits of sequence (Twitter's Snowflake of 2010, with one node bit given to the kind of entry).
 * The epoch lies far enough back that every id from 2005-08 to 2067-09 has exactly 19 digits, so that
 * comparing two ids as strings compares them as numbers, everywhere, Redis' Lua included.
 */
export type Id = string;

export const EPOCH_MS = Date.UTC(1998, 0, 1);
export const NODE_COUNT = 512;
export const IDS_PER_MILLISECOND = 4096;
/** Never leased: seeds and imports mint backdated ids here, so they cannot collide with live ones. */
export const IMPORT_NODE = NODE_COUNT - 1;

const NODE_SHIFT = 13n;
const TIME_SHIFT = 22n;
const RETWEET_BIT = 1n << 12n;
/** Above every mintable id, as an exclusive upper bound of a read that starts at the newest. */
export const AFTER_EVERY_ID: Id = ((1n << 63n) - 1n).toString();
const LEAST_ID: Id = '1000000000000000000';
const ID_PATTERN = /^[1-9]\d{18}$/;

export type IdParts = { atMs: number; node: number; sequence: number; isRetweet?: boolean };

export function composeId({ atMs, node, sequence, isRetweet = false }: IdParts): Id {
  const bits = (BigInt(atMs - EPOCH_MS) << TIME_SHIFT) | (BigInt(node) << NODE_SHIFT) | BigInt(sequence);
  const id = (isRetweet ? bits | RETWEET_BIT : bits).toString();
  if (!isId(id)) throw new RangeError(`No 19-digit id exists for ${new Date(atMs).toISOString()}`);
  return id;
}

/** True for the canonical decimal form only: 19 digits, no sign, no leading zero, within 63 bits. */
export function isId(value: string): boolean {
  return ID_PATTERN.test(value) && value <= AFTER_EVERY_ID;
}

/** The moment an id was minted for, in epoch milliseconds: an entry's `createdAt` is its id's time. */
export function timeOfId(id: Id): number {
  return Number(BigInt(id) >> TIME_SHIFT) + EPOCH_MS;
}

export function isRetweetId(id: Id): boolean {
  return (BigInt(id) & RETWEET_BIT) !== 0n;
}

/** Smallest id of a millisecond: the bound for "since" and "until". */
export function firstIdAt(atMs: number): Id {
  return composeId({ atMs, node: 0, sequence: 0 });
}

export function isFirstOfMoment(id: Id): boolean {
  return BigInt.asUintN(Number(TIME_SHIFT), BigInt(id)) === 0n;
}

/** Smallest id of a later millisecond: the exclusive bound for "as of". For a moment before every id nothing is below it. */
export function firstIdAfter(atMs: number): Id {
  return atMs < timeOfId(LEAST_ID) ? LEAST_ID : firstIdAt(atMs + 1);
}

/** The numbers next to an id, where an exclusive bound is to take it in. */
export function justAbove(id: Id): Id {
  return (BigInt(id) + 1n).toString();
}
export function justBelow(id: Id): Id {
  return (BigInt(id) - 1n).toString();
}

/** For `Array.sort`: newest first. */
export function newestFirst(a: Id, b: Id): number {
  return a < b ? 1 : a > b ? -1 : 0;
}
