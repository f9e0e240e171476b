import { Cluster, Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { StarlingError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { checkServer } from './redis-check.ts';
import { withRedisAway } from './redis-errors.ts';
import { createGates, serverOf, type Gates } from './redis-gates.ts';
import { clusterOptions, parseNode, redisOptions, type RedisAccess } from './redis-options.ts';
import { createScripts, type DefineScript } from './redis-scripts.ts';
import { createSubscriber, type RedisSubscriber, type SubscriberEvents } from './redis-subscriber.ts';

export type RedisConnectionOptions = RedisAccess & {
  /** `host:port` of the server, or of some nodes of a cluster. */
  nodes: readonly string[];
  cluster: boolean;
  /** Milliseconds a command may take. Default 2,000. */
  commandTimeoutMs?: number | undefined;
  logger: Pick<Logger, 'info' | 'warn'>;
};

/**
 * Redis, or a Redis Cluster. Whatever is sent through `run` or a script fails with StarlingError UNAVAILABLE if its server
 * is away, at once if that is known already; the connection heals by itself. Its owner closes it after everybody who uses it.
 */
export type RedisConnection = {
  client: Redis | Cluster;
  isCluster: boolean;
  /** Sends what touches the slot of `key`. */
  run<Reply>(key: string, send: (client: Redis | Cluster) => Promise<Reply>): Promise<Reply>;
  defineScript: DefineScript;
  /** `host:port` of the master that holds the key, as far as this process knows. */
  serverOf(key: string): string;
  /** Called when a server is back and before anybody may use it again: see Gates. */
  onReturn: Gates['onReturn'];
  /** Every server that holds keys. */
  masters(): Redis[];
  /** A connection of its own for each server, for messages. */
  openSubscriber(events: SubscriberEvents): RedisSubscriber;
  /** Rejects with StarlingError UNAVAILABLE unless every server that holds keys answers. */
  ping(): Promise<void>;
  /** Aborted by `close`. */
  closing: AbortSignal;
  close(): Promise<void>;
};

const COMMAND_MS = 2_000;
const START_MS = 10_000;
const QUIET_MS = 30_000;

/** Rejects with one plain message if Redis is away, refuses the password, is too old or of another mode than configured. */
export async function connectRedis(options: RedisConnectionOptions): Promise<RedisConnection> {
  const { nodes, cluster: isCluster, commandTimeoutMs = COMMAND_MS, logger } = options;
  await checkServer(nodes, options, isCluster);
  const client = isCluster
    ? new Cluster(nodes.map(parseNode), clusterOptions(options, commandTimeoutMs))
    : new Redis({ ...redisOptions(options, commandTimeoutMs), ...parseNode(nodes[0] ?? '') });
  logErrors(client, logger);
  await connectWithin(client, START_MS);

  const gates = createGates(client, logger);
  const masters = () => (client instanceof Cluster ? client.nodes('master') : [client]);
  const closing = new AbortController();
  const subscribers = new Set<RedisSubscriber>();
  return {
    client,
    isCluster,
    run: (key, send) => gates.run(key, () => send(client)),
    defineScript: createScripts(client, gates),
    serverOf: (key) => serverOf(client, key),
    onReturn: gates.onReturn,
    masters,
    openSubscriber(events) {
      const subscriber = createSubscriber({ client, access: options, commandTimeoutMs, logger, events });
      subscribers.add(subscriber);
      return subscriber;
    },
    async ping() {
      try {
        await Promise.all(masters().map((node) => node.ping()));
      } catch (error) {
        throw withRedisAway(error);
      }
      if (masters().length === 0) throw new StarlingError('UNAVAILABLE', 'Redis cannot be reached');
    },
    closing: closing.signal,
    async close() {
      closing.abort();
      gates.close();
      for (const subscriber of subscribers) subscriber.close();
      // Everybody has stopped sending: there is no reply to wait for.
      client.disconnect();
    },
  };
}

async function connectWithin(client: Redis | Cluster, ms: number): Promise<void> {
  const timeout = new AbortController();
  try {
    await Promise.race([
      client.connect(),
      delay(ms, undefined, { signal: timeout.signal }).then(() => {
        throw new Error(`not ready within ${ms} ms`);
      }),
    ]);
    // Lazy connections of a cluster are made now rather than by the first commands.
    if (client instanceof Cluster) await Promise.all(client.nodes('master').map((node) => node.ping()));
  } catch (error) {
    client.disconnect();
    throw new StarlingError('UNAVAILABLE', `Redis cannot serve: ${(error as Error).message}`, {}, { cause: error });
  } finally {
    timeout.abort();
  }
}

/** One in a while: the others say the same, and the gates tell when an outage begins and ends. */
function logErrors(client: Redis | Cluster, logger: Pick<Logger, 'warn'>): void {
  let quietUntil = 0;
  const tell = (error: Error) => {
    if (performance.now() < quietUntil) return;
    quietUntil = performance.now() + QUIET_MS;
    logger.warn({ error }, 'A connection to Redis broke');
  };
  client.on('error', tell);
  if (client instanceof Cluster) client.on('node error', tell);
}
