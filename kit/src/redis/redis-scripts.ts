import type { Cluster, Redis } from 'ioredis';
import { withRedisAway } from './redis-errors.ts';
import type { Gates } from './redis-gates.ts';

export type ScriptArgument = string | number | Buffer;

/**
 * Runs on the server that holds `keys[0]`; on Redis Cluster all keys lie in its slot. Bulk strings of the reply are Buffers.
 * Throws StarlingError UNAVAILABLE if that server is away.
 */
export type RedisScript = (
  keys: readonly string[],
  args: readonly ScriptArgument[],
  options?: { /** For listeners of `onReturn` only. */ pastGate?: boolean },
) => Promise<unknown>;

export type DefineScript = (lua: string) => RedisScript;

type Scripted = Record<string, (...args: unknown[]) => Promise<unknown>>;

let defined = 0;

/** Lua that is sent once per connection, and by its digest from then on; also after a server has restarted. */
export function createScripts(client: Redis | Cluster, gates: Pick<Gates, 'run'>): DefineScript {
  return (lua) => {
    const name = `starling${(defined += 1)}`;
    client.defineCommand(name, { lua });
    const send = (keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> => {
      const call = (client as unknown as Scripted)[`${name}Buffer`];
      if (call === undefined) throw new Error('The script is not defined');
      return call.call(client, keys.length, keys, args);
    };
    return async (keys, args, { pastGate = false } = {}) => {
      const [first] = keys;
      if (first === undefined) throw new Error('A script needs a key');
      if (!pastGate) return gates.run(first, () => send(keys, args));
      return send(keys, args).catch((error: unknown) => {
        throw withRedisAway(error);
      });
    };
  };
}
