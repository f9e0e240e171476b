import { sharesOfNotice } from '@starling/domain/fame.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { FameInterval, FamePage } from '@starling/schema/generated/rpc/graph.ts';
import { readFame, type FamePlace, type StoredFame } from './store/fame.ts';

const INTERVALS_A_PAGE = 5_000;

/**
 * Fame announced at or after `sinceMs`, in pages, the earliest announcement first. The next request goes back by the notice: what was
 * announced earlier than that has committed by now, on whatever clock. Who uses an answer for half the notice has heard of everything that
 * begins by then. Of one that breaks off, the next request goes on where its last page ended.
 */
export async function* streamFame(
  { pool, now, fameNoticeMs }: { pool: Pool; now: () => number; fameNoticeMs: number },
  call: CallContext,
  sinceMs: number,
): AsyncIterable<FamePage> {
  const committedMs = Math.max(0, now() - fameNoticeMs);
  const told = { nextSinceMs: BigInt(committedMs), freshForMs: sharesOfNotice(fameNoticeMs).freshForMs };
  let after: FamePlace = { changedAtMs: sinceMs, userId: '0', beginsAtMs: 0 };
  for (;;) {
    call.signal?.throwIfAborted();
    const rows = await readFame(pool, after, INTERVALS_A_PAGE);
    after = rows.at(-1)?.place ?? after;
    const resumeSinceMs = BigInt(Math.min(committedMs, after.changedAtMs));
    yield { intervals: rows.map(({ fame }) => present(fame)), ...told, resumeSinceMs };
    if (rows.length < INTERVALS_A_PAGE) return;
  }
}

function present({ userId, beginsAtMs, endsAtMs }: StoredFame): FameInterval {
  return { userId, beginsMs: BigInt(beginsAtMs), endsMs: BigInt(endsAtMs ?? 0) };
}
