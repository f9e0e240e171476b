import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import type { Connection } from './elasticsearch-connection.ts';
import { missingShard } from './missing-shard.ts';
import { BLOCK, Blocked, Busy, Refusal, UNAVAILABLE_STATUSES } from './refusal.ts';

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
/** How long the server itself waits for a master or a shard: no use asking again at once. */
const SHARD_WITHIN = '20s';
const MOST_ITEMS = 1_000;
/** In characters: a request of more costs memory on both sides. */
const LARGEST_REQUEST = 4_000_000;
/** While the server is busy: eight tries in about six seconds. */
const PATIENCE = { maxAttempts: 7, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 2_000 }) };

const CONFLICT = 409;
const NOT_FOUND = 404;
const NO_SHARD = 'unavailable_shards_exception';
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
      while (left.length > 0) {
        const outcome = await sendOnce(connection, left);
        refusal ??= outcome.refusal;
        left = outcome.left;
        if (outcome.isBusy) throw new Busy(connection.name);
      }
    };
    await policy.execute(attempt);
  }
  if (refusal) throw refusal;
}

/** An item as lines of JSON. */
type Line = { item: BulkItem; text: string; hasProof: boolean };

function* requestsOf(items: readonly BulkItem[]): Generator<Line[]> {
  let lines: Line[] = [];
  let size = 0;
  for (const item of items) {
    const line = { item, text: textOf(item), hasProof: false };
    if (lines.length === MOST_ITEMS || (lines.length > 0 && size + line.text.length > LARGEST_REQUEST)) {
      yield lines;
      lines = [];
      size = 0;
    }
    lines.push(line);
    size += line.text.length;
  }
  if (lines.length > 0) yield lines;
}

function textOf({ alias, id, version, versionType, source }: BulkItem): string {
  const action = { _index: alias, _id: id, version, version_type: versionType, require_alias: true };
  return `${JSON.stringify({ index: action })}\n${JSON.stringify(source)}\n`;
}

/**
 * A conflict says that such a version is there, not that it will stay: it may be what an earlier try has left in the memory of a shard whose
 * disk is full, and which is about to fail. It is believed once the same shard has stored something after it: that what never is there is
 * deleted.
 */
function withProof({ item, text }: Line): Line {
  const proof = { delete: { _index: item.alias, _id: 'none', routing: item.id } };
  return { item, text: `${text}${JSON.stringify(proof)}\n`, hasProof: true };
}

type Outcome = { status: number; error?: { type: string; reason: string } };
type Answer = { errors: boolean; items: { index?: Outcome; delete?: Outcome }[] };
type Sent = { left: Line[]; isBusy: boolean; refusal?: Refusal };

async function sendOnce(connection: Connection, lines: readonly Line[]): Promise<Sent> {
  const query = { timeout: SHARD_WITHIN };
  const text = lines.map((line) => line.text).join('');
  const request = { method: 'POST', path: '/_bulk', query, lines: text, timeoutMs: TIMEOUT_MS } as const;
  const { errors, items } = await connection.request<Answer>(request);
  const sent: Sent = { left: [], isBusy: false };
  if (!errors) return sent;
  const outcomes = items.values();
  for (const line of lines) {
    const stored = outcomes.next().value?.index;
    const proof = line.hasProof ? outcomes.next().value?.delete : undefined;
    const { status, error } = (proof?.error ? proof : stored) ?? { status: 0 };
    if (error === undefined) continue;
    if (status === NOT_FOUND) throw new TargetGone(error.reason);
    if (NOT_ALLOWED.has(status) || error.type === BLOCK) throw new Blocked(connection.name, error.reason);
    // It goes on with the document itself.
    if (error.type === NO_SHARD) throw await missingShard(connection, error.reason.replace(/ Timeout: .*$/s, ''));
    if (status === CONFLICT && !line.hasProof) sent.left.push(withProof(line));
    else if (UNAVAILABLE_STATUSES.has(status)) {
      sent.left.push(line);
      sent.isBusy = true;
    } else if (status !== CONFLICT) sent.refusal ??= new Refusal(status, error.type, error.reason);
  }
  return sent;
}
