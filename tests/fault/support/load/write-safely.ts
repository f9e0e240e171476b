import { setTimeout as pause } from 'node:timers/promises';
import type { Fact } from './ledger.ts';

export type Asked = 'done' | 'refused' | 'unknown';

export type Patience = { tries: number; pauseMs: number };

/** As a client with manners: a few times, and not in a storm. */
export const PATIENT: Patience = { tries: 4, pauseMs: 150 };

/**
 * Asks for a fact to be so, and again where a request failed; the request must be one that may safely be repeated. Only
 * what was answered is certain; a refusal after a failure tells nothing about the request that failed.
 */
export async function makeSo(
  fact: Fact,
  holds: boolean,
  ask: () => Promise<Asked>,
  { tries, pauseMs }: Patience = PATIENT,
): Promise<void> {
  const before = { ...fact };
  Object.assign(fact, { holds, isCertain: false });
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) await pause(pauseMs * 2 ** attempt);
    const asked = await ask();
    if (asked === 'done') fact.isCertain = true;
    else if (asked === 'refused' && attempt === 0) Object.assign(fact, before);
    if (asked !== 'unknown') return;
    fact.isFrozen = true;
  }
}
