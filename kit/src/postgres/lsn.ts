/** A position in the write-ahead log, as a number that can be compared. */
export type Lsn = bigint;

/** Beyond every position there will be: whoever must see it reads the primary. */
export const FAR_AHEAD = 'FFFFFFFF/FFFFFFFF';

const PATTERN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

/** Reads what Postgres writes, such as `0/16B3748`. Null for anything else. */
export function parseLsn(text: string): Lsn | null {
  const [, high, low] = PATTERN.exec(text) ?? [];
  if (high === undefined || low === undefined) return null;
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** As Postgres writes it. */
export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}

/** The further of two positions; what cannot be read is far ahead. */
export function furtherLsn(a: string, b: string): string {
  const [first, second] = [parseLsn(a), parseLsn(b)];
  if (first === null || second === null) return FAR_AHEAD;
  return first >= second ? a : b;
}
