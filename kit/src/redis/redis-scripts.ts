import type { Cluster, Redis } from 'ioredis';
import { SlotElsewhere, withRedisAway, withSlotElsewhere } from './redis-errors.ts';
import { connectionTo, type Gates } from './redis-gates.ts';

export type ScriptArgument = string | number | Buffer;

/**
 * Runs on the server that holds `keys[0]`; on Redis Cluster all keys lie in its slot. Bulk strings of the reply are Buffers.
 * Throws StarlingError UNAVAILABLE if that server is away.
 */
export type RedisScript = (
  keys: readonly string[],
  args: readonly ScriptArgument[],
  options?: ScriptOptions,
) => Promise<unknown>;

export type ScriptOptions = {
  /** For listeners of `onReturn` only. */
  pastGate?: boolean;
  /**
   * For what touches more than its keys, on Redis Cluster: no redirection is followed, SlotElsewhere is thrown instead. After one, a
   * server would take what is still on its way to it from another for missing.
   */
  straight?: boolean;
};

export type DefineScript = (lua: string) => RedisScript;

type Scripted = Record<string, (...args: unknown[]) => Promise<unknown>>;

let defined = 0;

/** Lua that is sent once per connection, and by its digest from then on; also after a server has restarted. */
export function createScripts(client: Redis | Cluster, gates: Pick<Gates, 'run'>): DefineScript {
  return (lua) => {
    const name = `starling${(defined += 1)}`;
    const sendTo = (
      to: Redis | Cluster,
      keys: readonly string[],
      args: readonly ScriptArgument[],
    ): Promise<unknown> => {
      if (!(name in to)) to.defineCommand(name, { lua });
      const call = (to as unknown as Scripted)[`${name}Buffer`];
      if (call === undefined) throw new Error('The script is not defined');
      return call.call(to, keys.length, keys, args);
    };
    async function sendStraight(first: string, ...call: [readonly string[], readonly ScriptArgument[]]) {
      const server = connectionTo(client, first);
      if (server === undefined) throw new SlotElsewhere('No server is known to hold this');
      try {
        return await sendTo(server, ...call);
      } catch (error) {
        throw withSlotElsewhere(error);
      }
    }
    return async (keys, args, { pastGate = false, straight = false } = {}) => {
      const [first] = keys;
      if (first === undefined) throw new Error('A script needs a key');
      const send = () => (straight ? sendStraight(first, keys, args) : sendTo(client, keys, args));
      if (!pastGate) return gates.run(first, send);
      return send().catch((error: unknown) => {
        throw withRedisAway(error);
      });
    };
  };
}
