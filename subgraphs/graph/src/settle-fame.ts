import { isFamousNow, sharesOfNotice, type FameThresholds } from '@starling/domain/fame.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import { announceFame, announceFameEnds } from './store/fame.ts';
import type { Person } from './store/people.ts';

export type FameRules = FameThresholds & {
  /** Milliseconds between the announcement that fame begins or ends, and the begin or end. */
  fameNoticeMs: number;
};

/** Who is to begin or cease to be famous, and the moment from which the notice of it counts, in epoch milliseconds. */
export type SettledFame = { changed: Person[]; atMs: number };

type SettleDeps = FameRules & { /** Epoch milliseconds. */ now: () => number };

/**
 * Compares the class of people with their followers, in the transaction that has changed their number; `savePeople` comes after, and
 * `mustBeInTime` before the commit.
 */
export async function settleFame(
  client: Queryable,
  { now, ...rules }: SettleDeps,
  people: Iterable<Person>,
): Promise<SettledFame> {
  const changed = [...people].filter(
    ({ famous, followerCount }) => isFamousNow(famous, followerCount, rules) !== famous,
  );
  if (changed.length === 0) return { changed, atMs: 0 };
  const atMs = now();
  for (const person of changed) person.famous = !person.famous;
  const notice = { atMs, noticeMs: rules.fameNoticeMs };
  await announceFame(client, idsOf(changed.filter(({ famous }) => famous)), notice);
  await announceFameEnds(client, idsOf(changed.filter(({ famous }) => !famous)), notice);
  return { changed, atMs };
}

/** Throws StarlingError UNAVAILABLE where others may hear of it too late to act on it when it comes true. */
export function mustBeInTime({ fameNoticeMs, now }: SettleDeps, { changed, atMs }: SettledFame): void {
  if (changed.length === 0 || now() - atMs <= sharesOfNotice(fameNoticeMs).commitsWithinMs) return;
  throw new StarlingError('UNAVAILABLE', 'Followers were counted too slowly');
}

function idsOf(people: readonly Person[]): string[] {
  return people.map(({ userId }) => userId);
}
