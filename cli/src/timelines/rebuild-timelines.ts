import type { Stack } from '@starling/stack/start-stack.ts';
import { findUser } from '../users/find-user.ts';

export type RebuildOptions = {
  /** Whose timeline; null for everybody's. */
  handle: string | null;
  signal: AbortSignal;
  onProgress(step: string, done: number, total: number): void;
};

export type RebuildStack = {
  services: Pick<Stack['services'], 'users'>;
  operators: Pick<Stack['operators'], 'dropTimelines' | 'dropAllTimelines'>;
};

/** Of a community in a data folder. */
export const NOTHING_TO_REBUILD =
  'Home timelines in a data folder live in the process that serves it, and are built anew whenever it starts: there is nothing to rebuild.';

/**
 * Forgets the materialised timeline of one person, or everybody's; whoever reads next has it built from the stores, so no read in
 * between is wrong. Answers one line: what was forgotten, and how much of it is removed.
 */
export async function rebuildTimelines(
  { services, operators }: RebuildStack,
  { handle, signal, onProgress }: RebuildOptions,
): Promise<string> {
  signal.throwIfAborted();
  if (handle !== null) {
    const one = await findUser(services.users, handle);
    await operators.dropTimelines([one.id]);
    return `The home timeline of @${one.handle} is built anew when it is next read.`;
  }
  const dropped = await operators.dropAllTimelines({
    signal,
    onProgress: (done, total) => onProgress('keys', done, total),
  });
  const line = `Every home timeline is built anew when it is next read. Lists removed: ${dropped}`;
  return signal.aborted ? `${line}, then interrupted; the others are not used any more, and expire.` : `${line}.`;
}
