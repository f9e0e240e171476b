import { ServersError, reasonOf } from '../servers-error.ts';

/** Like Promise.all, but waits for all of them before it rejects, and tells every reason once. */
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const reasons = results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason);
  if (reasons.length > 0) {
    throw new ServersError([...new Set(reasons.map(reasonOf))].join('\n'), {
      cause: reasons.length === 1 ? reasons[0] : new AggregateError(reasons),
    });
  }
  return results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
}
