import calculateSlot from 'cluster-key-slot';
import { Cluster, type Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import { createGate, type Gate } from './gate.ts';
import { isRedisAway, withRedisAway } from './redis-errors.ts';

/** A gate before each server: of a cluster, one master away stops only what lies in its slots. */
export type Gates = {
  run<Reply>(key: string, send: () => Promise<Reply>): Promise<Reply>;
  /**
   * Called when a server is back, with how long it was away and which keys are its. Until all listeners have resolved nobody
   * else may use it; a listener itself sends past the gate.
   */
  onReturn(listener: ReturnListener): void;
  close(): void;
};

export type ReturnListener = (outage: { awayMs: number; isBack(key: string): boolean }) => Promise<void>;

export function createGates(client: Redis | Cluster, logger: Pick<Logger, 'info' | 'warn'>): Gates {
  const gates = new Map<string, Gate>();
  const listeners: ReturnListener[] = [];

  function gateOf(key: string): Gate {
    const server = serverOf(client, key);
    let gate = gates.get(server);
    if (gate === undefined) {
      gate = createGate({
        name: server,
        isAway: isRedisAway,
        probe: () => probe(client, key),
        async beforeReturn(awayMs) {
          const isBack = (one: string) => serverOf(client, one) === server;
          await Promise.all(listeners.map((listener) => listener({ awayMs, isBack })));
        },
        logger,
      });
      gates.set(server, gate);
    }
    return gate;
  }

  return {
    async run(key, send) {
      try {
        return await gateOf(key).run(send);
      } catch (error) {
        throw withRedisAway(error);
      }
    },
    onReturn: (listener) => void listeners.push(listener),
    close: () => gates.forEach((gate) => gate.close()),
  };
}

/** The master that holds the key as far as this process knows; of a single server the same for all. */
export function serverOf(client: Redis | Cluster, key: string): string {
  if (client instanceof Cluster) return client.slots[calculateSlot(key)]?.[0] ?? 'unknown';
  return `${client.options.host ?? ''}:${client.options.port ?? ''}`;
}

/** The connection to that master; none if there is none just now. */
export function connectionTo(client: Redis | Cluster, key: string): Redis | undefined {
  if (!(client instanceof Cluster)) return client;
  const server = serverOf(client, key);
  return client.nodes('master').find(({ options }) => `${options.host ?? ''}:${options.port ?? ''}` === server);
}

/**
 * Whether the key's slot is served, wherever it lies by now, and takes writes: a server with a full disk goes on reading. A ping
 * would succeed on a node whose cluster is down. This write changes nothing: no expiry so near is later than the one there is.
 */
async function probe(client: Redis | Cluster, key: string): Promise<void> {
  if (client instanceof Cluster) await new Promise<void>((resolve) => client.refreshSlotsCache(() => resolve()));
  await client.pexpire(key, 1, 'GT');
}
