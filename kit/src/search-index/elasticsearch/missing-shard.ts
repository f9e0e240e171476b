import { StarlingError } from '../../errors.ts';
import type { Connection } from './elasticsearch-connection.ts';

const TIMEOUT_MS = 5_000;

/**
 * What to throw where a part of an index is away. One that could not be opened five times in a row, on a full disk, is left alone for good,
 * unless somebody asks for another try: this does, so that it comes back once there is room.
 */
export async function missingShard(connection: Connection, reason: string): Promise<StarlingError> {
  const query = { retry_failed: true, metric: 'none' };
  const asking = connection.request({ method: 'POST', path: '/_cluster/reroute', query, timeoutMs: TIMEOUT_MS });
  // Who may not ask for it, or asks in vain, says the same.
  await asking.catch(() => undefined);
  return new StarlingError('UNAVAILABLE', `Elasticsearch at ${connection.name} lacks a part of an index: ${reason}`);
}
