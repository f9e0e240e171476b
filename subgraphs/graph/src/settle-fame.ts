import { isFamousNow, type FameThresholds } from '@starling/domain/fame.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import { announceFame, announceFameEnds } from './store/fame.ts';
import type { Person } from './store/people.ts';

export type FameRules = FameThresholds & {
  /** Milliseconds between the announcement that fame begins or ends, and the begin or end. */
  fameNoticeMs: number;
};

/** Compares the class of people with their followers, in the transaction that has changed their number; `savePeople` comes after. */
export async function settleFame(
  client: Queryable,
  rules: FameRules,
  people: Iterable<Person>,
  atMs: number,
): Promise<void> {
  const changed = [...people].filter(
    ({ famous, followerCount }) => isFamousNow(famous, followerCount, rules) !== famous,
  );
  for (const person of changed) person.famous = !person.famous;
  const notice = { atMs, noticeMs: rules.fameNoticeMs };
  await announceFame(client, idsOf(changed.filter(({ famous }) => famous)), notice);
  await announceFameEnds(client, idsOf(changed.filter(({ famous }) => !famous)), notice);
}

function idsOf(people: readonly Person[]): string[] {
  return people.map(({ userId }) => userId);
}
