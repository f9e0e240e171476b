import type { Stack } from '@starling/stack/start-stack.ts';
import { findUser } from '../users/find-user.ts';

/**
 * Forgets the materialised timeline of one person, or everybody's (`handle` null); whoever reads next has it built from the
 * stores, so no read in between is wrong. Answers one line: what was forgotten.
 */
export async function rebuildTimelines(
  {
    services,
    operators,
  }: { services: Pick<Stack['services'], 'users'>; operators: Pick<Stack['operators'], 'dropTimelines'> },
  { handle }: { handle: string | null },
): Promise<string> {
  const one = handle === null ? null : await findUser(services.users, handle);
  await operators.dropTimelines(one === null ? null : [one.id]);
  return `${one === null ? 'Every home timeline' : `The home timeline of @${one.handle}`} is built anew when it is next read.`;
}
