import { withinDeadline } from '../deadline.ts';
import { FAR_AHEAD } from '../postgres/lsn.ts';
import { PRIMARY_ONLY } from '../postgres/read-router.ts';
import type { CallContext } from '../principal.ts';
import type { Subgraph } from './port.ts';

/**
 * Runs a mutation within the call's deadline. What it reads comes from the primary, and the caller is told how far the database has
 * come with it, also if it fails: some of it may stand. What has not ended in time may be committed later, at a position that nobody
 * knows: then the caller reads primaries alone.
 */
export async function runMutation<Result>(
  { position }: Pick<Subgraph, 'position'>,
  call: CallContext,
  run: (call: CallContext) => Promise<Result>,
): Promise<Result> {
  const { onWrote } = call;
  if (onWrote === undefined || position === undefined) return withinDeadline(call, (inner) => run(onPrimary(inner)));
  try {
    return await withinDeadline(call, async (inner) => {
      const result = await run(onPrimary(inner));
      await tellPosition(position, onWrote);
      return result;
    });
  } catch (error) {
    onWrote('*', FAR_AHEAD);
    throw error;
  }
}

function onPrimary(call: CallContext): CallContext {
  return { ...call, consistency: PRIMARY_ONLY };
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
