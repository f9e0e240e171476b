import type { ClusterOptions, RedisOptions } from 'ioredis';
import { pauseAfter } from '../resilience/backoff.ts';

export type RedisAccess = {
  username?: string | undefined;
  password?: string | undefined;
  /** Encrypts, and checks the server's certificate against the machine's authorities. */
  tls?: boolean | undefined;
};

const CONNECT_MS = 2_000;
const RECONNECT = { first: 50, longest: 2_000 };
/** A redirected command is tried so often; each try after a lost connection waits 100 ms. */
const MAX_REDIRECTIONS = 8;
const SLOTS_REFRESH_MS = 10_000;

/**
 * Nothing is queued while the connection is down and nothing is sent again by itself: a command fails at once or within
 * `commandTimeoutMs`, so that neither memory nor callers wait for Redis. A server that takes commands and answers none is
 * dropped after twice that time.
 */
export function redisOptions(access: RedisAccess, commandTimeoutMs: number): RedisOptions {
  return { ...nodeOptions(access, commandTimeoutMs), enableOfflineQueue: false, retryStrategy: reconnectAfter };
}

export function clusterOptions(access: RedisAccess, commandTimeoutMs: number): ClusterOptions {
  return {
    redisOptions: nodeOptions(access, commandTimeoutMs),
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectAfter,
    maxRedirections: MAX_REDIRECTIONS,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    slotsRefreshTimeout: commandTimeoutMs,
  };
}

function nodeOptions({ username, password, tls }: RedisAccess, commandTimeoutMs: number) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === true ? { tls: {} } : {}),
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: commandTimeoutMs,
    socketTimeout: 2 * commandTimeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // What RESP3 adds is not used here, and Redis 7 speaks it.
    disableClientInfo: true,
  } satisfies RedisOptions;
}

function reconnectAfter(attempt: number): number {
  return pauseAfter(attempt, RECONNECT);
}

/** `host:port`; the port may be left out, and an IPv6 address stands in brackets. */
export function parseNode(node: string): { host: string; port: number } {
  const { hostname, port } = new URL(`redis://${node}`);
  if (hostname === '') throw new TypeError(`${JSON.stringify(node)} is no address of a Redis server`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 6379 : Number(port) };
}
