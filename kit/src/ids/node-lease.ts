import { randomUUID } from 'node:crypto';
import { StarlingError } from '../errors.ts';
import type { Pool } from '../postgres/pool.ts';
import { withUnavailableCode } from '../postgres/unavailable.ts';

/** The right to mint under one node number. */
export type NodeLease = {
  /** Null once it has run out; a new one, perhaps under another number, follows as soon as the database answers. */
  current(): HeldNode | null;
  /** Gives the node back. `lastMs` is the last millisecond that was used. */
  release(lastMs: number): Promise<void>;
};

export type HeldNode = {
  node: number;
  /** Milliseconds after `aboveMs` and up to `untilMs` belong to this lease: nobody else has minted in them, or will. */
  aboveMs: number;
  untilMs: number;
};

export type NodeLeaseOptions = {
  /** Numbers 0 … nodes - 1 are leased; reserved ones lie above. */
  nodes: number;
  /** Who holds it, for people who look into the table. */
  holder: string;
  /** How long a lease outlives its last renewal. Default 30 s. */
  ttlMs?: number;
  now?: () => number;
  /** Milliseconds of a clock that is never set. */
  monotonicNow?: () => number;
};

const RENEWALS_PER_TTL = 3;
/** Clocks run at slightly different speeds. */
const DEADLINE_SHARE = 0.9;
const ATTEMPTS = 20;

/**
 * Leases a node from the table `id_node_lease (node SMALLINT PRIMARY KEY, holder TEXT, expires_at TIMESTAMPTZ, last_ms BIGINT)`.
 * With each renewal `last_ms` is put ahead to where the lease may mint, so whoever has the node next starts above it, even if its
 * clock is behind. Throws StarlingError UNAVAILABLE if every node is taken.
 */
export async function leaseNode(pool: Pool, options: NodeLeaseOptions): Promise<NodeLease> {
  const { nodes, ttlMs = 30_000, now = Date.now, monotonicNow = () => performance.now() } = options;
  const holder = `${options.holder}#${randomUUID()}`;
  let held: (HeldNode & { deadline: number }) | null = null;

  async function take(): Promise<void> {
    const [deadline, untilMs] = [monotonicNow() + ttlMs * DEADLINE_SHARE, now() + ttlMs];
    const taken = await takeFreeNode(pool, { nodes, holder, ttlMs, nowMs: now(), untilMs });
    held = { ...taken, untilMs, deadline };
  }

  async function renew(): Promise<void> {
    if (held === null) return take();
    const { node, untilMs: before } = held;
    const [deadline, untilMs] = [monotonicNow() + ttlMs * DEADLINE_SHARE, Math.max(before, now() + ttlMs)];
    const { rowCount } = await pool.query(
      `UPDATE id_node_lease SET expires_at = now() + $3::bigint * interval '1 millisecond', last_ms = $4 WHERE node = $1 AND holder = $2`,
      [node, holder, ttlMs, untilMs],
    );
    if (rowCount === 1) held = { ...held, untilMs, deadline };
    else {
      held = null;
      await take();
    }
  }

  await take().catch((error: unknown) => {
    throw withUnavailableCode(error, 'The database of ids');
  });
  // A renewal that fails is made up for by the next; until then the deadline holds.
  let renewal: Promise<void> = Promise.resolve();
  const timer = setInterval(() => (renewal = renew().catch(() => {})), ttlMs / RENEWALS_PER_TTL);
  timer.unref();

  return {
    current: () => (held !== null && monotonicNow() < held.deadline ? held : null),
    async release(lastMs) {
      clearInterval(timer);
      await renewal;
      if (held === null) return;
      const { node, aboveMs } = held;
      held = null;
      await pool.query(
        `UPDATE id_node_lease SET expires_at = '-infinity', last_ms = $3 WHERE node = $1 AND holder = $2`,
        [...[node, holder], Math.max(lastMs, aboveMs)],
      );
    },
  };
}

type Request = { nodes: number; holder: string; ttlMs: number; nowMs: number; untilMs: number };

/** A node is free if its lease has run out and its last millisecond lies behind us, by our clock. */
const TAKE = `
  WITH free AS (
    SELECT number AS node FROM generate_series(0, $1::int - 1) AS number LEFT JOIN id_node_lease ON node = number
    WHERE node IS NULL OR (expires_at < now() AND last_ms < $4)
    ORDER BY random() LIMIT 1
  ), taken AS (
    INSERT INTO id_node_lease AS held (node, holder, expires_at, last_ms)
    SELECT node, $2, now() + $3::bigint * interval '1 millisecond', $5 FROM free
    ON CONFLICT (node) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, last_ms = excluded.last_ms
    WHERE held.expires_at < now() AND held.last_ms < $4
    RETURNING node
  )
  SELECT free.node, taken.node IS NOT NULL AS won FROM free LEFT JOIN taken USING (node)`;

async function takeFreeNode(
  pool: Pool,
  { nodes, holder, ttlMs, nowMs, untilMs }: Request,
): Promise<{ node: number; aboveMs: number }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { rows } = await pool.query<{ node: number; won: boolean }>(TAKE, [nodes, holder, ttlMs, nowMs, untilMs]);
    const [row] = rows;
    if (row === undefined) break;
    // Another may have been faster: then again.
    if (row.won) return { node: row.node, aboveMs: nowMs - 1 };
  }
  throw new StarlingError('UNAVAILABLE', `No node number is free to mint ids: all ${nodes} are leased`);
}
