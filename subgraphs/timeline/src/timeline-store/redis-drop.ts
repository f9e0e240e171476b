import { randomBytes } from 'node:crypto';
import type { Id } from '@starling/domain/ids.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';
import type { DropOptions } from './port.ts';

/**
 * A drop of all lists begins a generation in the state of each bucket. Lists of another one are missing to readers and to builds from then on,
 * so no list escapes whose slot moves while keys are looked for; that these are removed only gives back their memory, and the time
 * to push to them.
 */
export const GENERATION_LUA = `
local function generation(state)
  return redis.call('HGET', state, 'generation') or ''
end

local function isDropped(state, header)
  return string.match(header, '^%d+|%d+|%x+|[^|.]+%.?([^|]*)|') ~= generation(state)
end
`;

/** KEYS: state of a bucket, list of it. 1 if it was of another generation, and is gone. */
const REMOVE_LUA = `${GENERATION_LUA}
local header = redis.call('LINDEX', KEYS[2], 0)
if not header or not isDropped(KEYS[1], header) then return 0 end
return redis.call('UNLINK', KEYS[2])
`;

export type RedisDropDeps = {
  redis: RedisConnection;
  /** The states of all buckets. */
  states: readonly string[];
  /** Of all lists. */
  pattern: string;
  keysOf(viewerId: Id): [state: string, list: string];
};

const KEYS_AT_A_TIME = 1_000;

/** Drops all lists of before, and none that is begun meanwhile. How many it has removed. */
export function createDropAll({ redis, states, pattern, keysOf }: RedisDropDeps) {
  const remove = redis.defineScript(REMOVE_LUA);
  /** Their slots differ, so each is a command of its own. */
  async function removeThose(keys: readonly string[]): Promise<number> {
    const viewerIds = keys.map((key) => key.slice(key.lastIndexOf(':') + 1));
    const removed = await Promise.all(viewerIds.map((viewerId) => remove(keysOf(viewerId), [])));
    return removed.filter((count) => count === 1).length;
  }
  return async ({ signal, onProgress }: DropOptions = {}): Promise<number> => {
    const generation = randomBytes(4).toString('hex');
    await Promise.all(
      states.map((state) => redis.run(state, (client) => client.hset(state, 'generation', generation))),
    );
    const nodes = redis.masters();
    const total = (await Promise.all(nodes.map((node) => node.dbsize()))).reduce((sum, size) => sum + size, 0);
    let [lookedAt, dropped] = [0, 0];
    for (const node of nodes) {
      const found = node.scanStream({ match: pattern, count: KEYS_AT_A_TIME }) as AsyncIterable<string[]>;
      for await (const keys of found) {
        dropped += await removeThose(keys);
        lookedAt = Math.min(lookedAt + KEYS_AT_A_TIME, total);
        onProgress?.(lookedAt, total);
        if (signal?.aborted) return dropped;
      }
    }
    onProgress?.(total, total);
    return dropped;
  };
}
