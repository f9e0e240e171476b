import { setTimeout as delay } from 'node:timers/promises';
import express from 'express';
import { createHttpServer } from '../http-server.ts';
import type { Health } from '../lifecycle/health.ts';
import type { Logger } from '../logger.ts';
import { serveAdminPaths } from '../servers/admin-server.ts';
import { checkKeys, type SigningKeys } from '../signing.ts';
import { createMemoryNonces, type NonceStore } from '../signing/nonces.ts';
import type { Subgraph } from '../subgraph/port.ts';
import { answerSigned } from './answer-signed.ts';
import { presentRefusal } from './present-refusal.ts';
import { serveSubscriptions } from './serve-subscriptions.ts';
import { GRAPHQL_PATH } from './wire.ts';

export type ServeOptions = {
  subgraph: Subgraph;
  /** Of whoever may call: the first one signs, all of them verify. */
  keys: SigningKeys;
  /** Where mutations that were taken are remembered; shared by all instances. Default: by this process alone. */
  nonces?: NonceStore;
  host: string;
  /** 0 takes a free one. */
  port: number;
  live: Health;
  ready: Health;
  /** Text of /metrics. */
  metrics?: () => Promise<string>;
  /** Default 2 MiB: entity batches are longer than what clients send. */
  maxBodyBytes?: number;
  /** Operations at a time; what comes beyond is refused with UNAVAILABLE. Default 500. */
  maxRunning?: number;
  /** Open subscriptions; what comes beyond is refused with UNAVAILABLE. Default 50,000. */
  maxSubscriptions?: number;
  /** At a stop, time for clients that go on asking to let go of their connections. Default 500 ms. */
  lingerMs?: number;
  /** Time for running requests to end at a stop. Default 30 s. */
  drainMs?: number;
  logger: Logger;
};

/** Stops in three steps. */
export type ServedSubgraph = {
  port: number;
  /** Answers what comes, each on a connection that ends with it: so none is cut while a request is on its way. */
  pause(): Promise<void>;
  /** Takes nothing new, lets running requests end and closes subscriptions' sockets with 1001. */
  drain(): Promise<void>;
  /** Cuts off whatever is left. */
  close(): Promise<void>;
};

/**
 * A subgraph on a port of its own: signed queries and mutations by POST, signed subscriptions by graphql-transport-ws, both at
 * /graphql; /livez, /readyz and /metrics for whoever balances and watches. Resolves once it listens.
 */
export async function serveSubgraph(options: ServeOptions): Promise<ServedSubgraph> {
  const { subgraph, keys, logger, nonces = createMemoryNonces(), maxBodyBytes = 2 * 1024 * 1024 } = options;
  const { maxRunning = 500, maxSubscriptions = 50_000, lingerMs = 500, drainMs = 30_000 } = options;
  checkKeys(keys);
  const http = createHttpServer(logger);
  const app = express().disable('x-powered-by').disable('etag');
  serveAdminPaths(app, { ...options, metrics: options.metrics ?? (async () => '') });
  app.post(
    GRAPHQL_PATH,
    // The signature is over the bytes as they came.
    express.raw({ type: () => true, limit: maxBodyBytes, inflate: false }),
    answerSigned({ subgraph, keys, nonces, maxRunning, logger }),
  );
  app.use(presentRefusal(logger));
  http.server.on('request', app);
  const subscriptions = serveSubscriptions({
    server: http.server,
    subgraph,
    keys,
    maxMessageBytes: maxBodyBytes,
    maxSubscriptions,
    logger,
  });
  return {
    port: await http.listen(options.port, options.host),
    async pause() {
      http.keepNoConnection();
      await delay(lingerMs);
    },
    async drain() {
      await Promise.all([http.finishRequests(drainMs), subscriptions.close()]);
    },
    close: http.close,
  };
}
