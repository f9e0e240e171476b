import { Cluster, Redis } from 'ioredis';
import { parseNode, redisOptions, type RedisAccess } from './redis-options.ts';

/** One connection to one server, for sharded messages only. It never reconnects: whoever lost it opens another. */
export type Link = {
  /** Resolves once it can be used, rejects if it cannot. */
  ready: Promise<void>;
  /** Resolves once all these channels, of any slots of this server, are subscribed to. */
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channels: readonly string[]): void;
  ping(): Promise<unknown>;
  close(): void;
};

export type LinkEvents = {
  onMessage(channel: string, payload: string): void;
  onLost(): void;
  /** The server gave away a slot, or never had it. */
  onMoved(): void;
};

export type LinkDeps = { client: Redis | Cluster; access: RedisAccess; commandTimeoutMs: number };

const CHANNELS_A_COMMAND = 500;

export function openLink({ client, access, commandTimeoutMs }: LinkDeps, server: string, events: LinkEvents): Link {
  const connection = new Redis({
    ...redisOptions(access, commandTimeoutMs),
    ...(client instanceof Cluster ? parseNode(server) : { host: client.options.host, port: client.options.port }),
    retryStrategy: null,
  });
  connection.on('smessage', events.onMessage);
  connection.on('end', events.onLost);
  connection.on('moved', events.onMoved);
  // Said again by `ready`, by the command that fails, or by `end`.
  connection.on('error', () => undefined);
  const ready = connection.connect();
  ready.catch(() => undefined);
  return {
    ready,
    async subscribe(channels) {
      for (const some of commandsOf(channels, client instanceof Cluster)) await connection.ssubscribe(...some);
    },
    unsubscribe(channels) {
      // A failure means that the connection is gone, and its subscriptions with it.
      for (const some of commandsOf(channels, client instanceof Cluster))
        connection.sunsubscribe(...some).catch(() => undefined);
    },
    // A link that is only being opened is none that is dead.
    ping: () => ready.then(() => connection.ping()),
    close: () => connection.disconnect(),
  };
}

/** Channels of one command lie in one slot, hence share what stands in braces. */
function commandsOf(channels: readonly string[], isCluster: boolean): string[][] {
  const groups = isCluster
    ? Map.groupBy(channels, (channel) => /\{[^}]+\}/.exec(channel)?.[0] ?? channel)
    : ([['', channels]] as const);
  const commands: string[][] = [];
  for (const [, group] of groups) {
    for (let start = 0; start < group.length; start += CHANNELS_A_COMMAND)
      commands.push(group.slice(start, start + CHANNELS_A_COMMAND));
  }
  return commands;
}
