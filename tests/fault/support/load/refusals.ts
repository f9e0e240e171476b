import type { Crowd } from './crowd.ts';
import type { Asked } from './write-safely.ts';

/** Refusals that may come of what others have done meanwhile. */
const FAIR: ReadonlySet<string> = new Set(['BLOCKED', 'UNAVAILABLE']);

export function noteRefusal({ tally }: Pick<Crowd, 'tally'>, what: string, errors: readonly { code: string }[]): Asked {
  for (const { code } of errors) {
    tally.refused(what, code);
    if (!FAIR.has(code)) tally.violated(`${what} was refused with ${code}`);
  }
  return 'refused';
}
