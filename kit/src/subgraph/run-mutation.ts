import { FAR_AHEAD } from '../postgres/lsn.ts';
import { PRIMARY_ONLY } from '../postgres/read-router.ts';
import type { CallContext } from '../principal.ts';
import type { Subgraph } from './port.ts';

/**
 * Runs a mutation. What it reads comes from the primary, and the caller is told how far the database has come with it, also
 * if it fails: some of it may stand.
 */
export async function runMutation<Result>(
  subgraph: Pick<Subgraph, 'position'>,
  call: CallContext,
  run: (call: CallContext) => Promise<Result>,
): Promise<Result> {
  try {
    return await run({ ...call, consistency: PRIMARY_ONLY });
  } finally {
    if (call.onWrote !== undefined && subgraph.position !== undefined)
      await tellPosition(subgraph.position, call.onWrote);
  }
}

/** Who cannot learn the position reads primaries alone. */
async function tellPosition(
  ask: NonNullable<Subgraph['position']>,
  onWrote: NonNullable<CallContext['onWrote']>,
): Promise<void> {
  try {
    const known = await ask();
    if (known !== null) onWrote(known.database, known.position);
  } catch {
    onWrote('*', FAR_AHEAD);
  }
}
