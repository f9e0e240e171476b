import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import type { Connection } from './elasticsearch-connection.ts';
import { Blocked, Busy, isBlock, Refusal, UNAVAILABLE_STATUSES } from './refusal.ts';

/** One line of a bulk request: what to store, under which version, in the index of this write alias. */
export type BulkItem = {
  alias: string;
  id: string;
  version: string;
  /** `external_gte` also replaces what has the same version. */
  versionType: 'external' | 'external_gte';
  source: object;
};

/** A write alias that was there a moment ago: a rebuild has ended or begun. */
export class TargetGone extends Error {}

const TIMEOUT_MS = 30_000;
const MOST_ITEMS = 1_000;
/** In characters: a request of more costs memory on both sides. */
const LARGEST_REQUEST = 4_000_000;
/** While the server is busy: eight tries in about six seconds. */
const PATIENCE = { maxAttempts: 7, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 2_000 }) };

const CONFLICT = 409;
const NOT_FOUND = 404;
/** Wrong credentials: the work itself is good. */
const NOT_ALLOWED = new Set([401, 403]);

/**
 * Stores what is newer than what is there, in requests of bounded size, one after the other. What the server is too busy for is tried
 * again for a while; then this throws StarlingError UNAVAILABLE. `Refusal` for a document that can never be stored: the others are.
 */
export async function bulk(connection: Connection, items: readonly BulkItem[]): Promise<void> {
  let refusal: Refusal | undefined;
  for (const lines of requestsOf(items)) {
    let left = lines;
    const policy = retry(handleType(Busy), PATIENCE);
    const attempt = async () => {
      const outcome = await sendOnce(connection, left);
      refusal ??= outcome.refusal;
      left = outcome.busy;
      if (left.length > 0) throw new Busy(connection.name);
    };
    await policy.execute(attempt);
  }
  if (refusal) throw refusal;
}

/** Two lines of JSON for each item. */
function* requestsOf(items: readonly BulkItem[]): Generator<string[]> {
  let lines: string[] = [];
  let size = 0;
  for (const item of items) {
    const line = linesOf(item);
    if (lines.length === MOST_ITEMS || (lines.length > 0 && size + line.length > LARGEST_REQUEST)) {
      yield lines;
      lines = [];
      size = 0;
    }
    lines.push(line);
    size += line.length;
  }
  if (lines.length > 0) yield lines;
}

function linesOf({ alias, id, version, versionType, source }: BulkItem): string {
  const action = { _index: alias, _id: id, version, version_type: versionType, require_alias: true };
  return `${JSON.stringify({ index: action })}\n${JSON.stringify(source)}\n`;
}

type Answer = { errors: boolean; items: { index: { status: number; error?: { type: string; reason: string } } }[] };

async function sendOnce(connection: Connection, lines: string[]): Promise<{ busy: string[]; refusal?: Refusal }> {
  const request = { method: 'POST', path: '/_bulk', lines: lines.join(''), timeoutMs: TIMEOUT_MS } as const;
  const { errors, items } = await connection.request<Answer>(request);
  if (!errors) return { busy: [] };
  const busy: string[] = [];
  let refusal: Refusal | undefined;
  for (const [at, { index }] of items.entries()) {
    const { status, error } = index;
    if (error === undefined || status === CONFLICT) continue;
    if (status === NOT_FOUND) throw new TargetGone(error.reason);
    if (NOT_ALLOWED.has(status) || isBlock(status, error.type)) throw new Blocked(connection.name, error.reason);
    if (UNAVAILABLE_STATUSES.has(status)) busy.push(lines[at] ?? '');
    else refusal ??= new Refusal(status, error.type, error.reason);
  }
  return { busy, ...(refusal && { refusal }) };
}
