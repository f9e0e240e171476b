import { z } from 'zod';
import type { CallContext } from './principal.ts';

/** The header, or trailing metadata, of an answer that something was written for. */
export const WROTE_HEADER = 'starling-wrote';

export type CollectedCall = {
  /** The call, for whoever runs it. */
  call: CallContext;
  /** What was written so far, as it travels back to who called; null if nothing was. */
  written(): string | null;
};

/** Collects what `call.onWrote` is told where it is run, so that it can be told where it came from. */
export function collectPositions(call: CallContext): CollectedCall {
  const positions = new Map<string, string>();
  return {
    call: { ...call, onWrote: (database, position) => void positions.set(database, position) },
    written: () =>
      positions.size === 0 ? null : Buffer.from(JSON.stringify(Object.fromEntries(positions))).toString('base64url'),
  };
}

/** Tells the caller what `written` of the other side says. */
export function tellPositions(call: CallContext, written: unknown): void {
  if (typeof written !== 'string' || !call.onWrote) return;
  const positions = positionsSchema.parse(JSON.parse(Buffer.from(written, 'base64url').toString('utf8')));
  for (const [database, position] of Object.entries(positions)) call.onWrote(database, position);
}

const positionsSchema = z.record(z.string(), z.string());
