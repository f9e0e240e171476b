import express, { type Express } from 'express';
import { createHttpServer } from '../http-server.ts';
import type { Health } from '../lifecycle/health.ts';
import { serveHealth } from '../lifecycle/serve-health.ts';
import type { Logger } from '../logger.ts';

export type AdminOptions = {
  live: Health;
  ready: Health;
  /** Metrics in Prometheus' text format. */
  metrics(): Promise<string>;
};

/** What platforms and operators ask every process: /livez, /readyz and /metrics. Not for the outside. */
export function serveAdminPaths(app: Express, { metrics, ...health }: AdminOptions): void {
  serveHealth(app, health);
  app.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4').send(await metrics());
  });
}

export type AdminServer = { port: number; close(): Promise<void> };

/** A server of these paths alone, for a process whose own port is public, or that has none. */
export async function startAdminServer(
  options: AdminOptions & { host: string; port: number; logger: Pick<Logger, 'error'> },
): Promise<AdminServer> {
  const app = express().disable('x-powered-by').disable('etag');
  serveAdminPaths(app, options);
  const http = createHttpServer(options.logger);
  http.server.on('request', app);
  return { port: await http.listen(options.port, options.host), close: http.close };
}
