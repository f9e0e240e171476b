import { composeId, IDS_PER_MILLISECOND, IMPORT_NODE, timeOfId, type Id } from '@starling/domain/ids.ts';
import type { PoolClient } from '@starling/kit/postgres/pool.ts';

const IMPORT_LOCK = 1_811_930_171;

/** Imports run one after the other: each sees which ids the ones before have taken. Held until the transaction ends. */
export async function lockImports(client: PoolClient): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [IMPORT_LOCK]);
}

type Kind = 'tweet' | 'retweet';

const LAST_TAKEN: Record<Kind, string> = {
  tweet: lastTakenIn('tweet'),
  retweet: lastTakenIn('retweet'),
};

function lastTakenIn(table: Kind): string {
  return `
    SELECT taken.id FROM unnest($1::bigint[], $2::bigint[]) AS span(low, high)
    CROSS JOIN LATERAL (SELECT max(id) AS id FROM ${table} WHERE id BETWEEN span.low AND span.high) taken
    WHERE taken.id IS NOT NULL`;
}

/**
 * Free ids of the node that is never leased, each at its own moment, in the order of `moments` (epoch milliseconds).
 * A millisecond that is full passes the rest on to the next one. Needs `lockImports`.
 */
export async function takeImportIds(client: PoolClient, kind: Kind, moments: readonly number[]): Promise<Id[]> {
  const nextFree = new Map<number, number>();
  const ids: Id[] = [];
  let waiting = moments.map((atMs, index) => ({ atMs, index }));
  while (waiting.length > 0) {
    await learn(
      client,
      kind,
      [...new Set(waiting.map(({ atMs }) => atMs))].filter((atMs) => !nextFree.has(atMs)),
      nextFree,
    );
    const full: typeof waiting = [];
    for (const { atMs, index } of waiting) {
      const sequence = nextFree.get(atMs) ?? 0;
      if (sequence >= IDS_PER_MILLISECOND) {
        full.push({ atMs: atMs + 1, index });
        continue;
      }
      nextFree.set(atMs, sequence + 1);
      ids[index] = idAt(kind, atMs, sequence);
    }
    waiting = full;
  }
  return ids;
}

async function learn(
  client: PoolClient,
  kind: Kind,
  moments: readonly number[],
  nextFree: Map<number, number>,
): Promise<void> {
  if (moments.length === 0) return;
  for (const atMs of moments) nextFree.set(atMs, 0);
  const lows = moments.map((atMs) => idAt(kind, atMs, 0));
  const highs = moments.map((atMs) => idAt(kind, atMs, IDS_PER_MILLISECOND - 1));
  const query = { name: `import-ids-${kind}`, text: LAST_TAKEN[kind], values: [lows, highs] };
  const { rows } = await client.query<{ id: Id }>(query);
  for (const { id } of rows) {
    const atMs = timeOfId(id);
    nextFree.set(atMs, Number(BigInt(id) - BigInt(idAt(kind, atMs, 0))) + 1);
  }
}

function idAt(kind: Kind, atMs: number, sequence: number): Id {
  return composeId({ atMs, node: IMPORT_NODE, sequence, isRetweet: kind === 'retweet' });
}
