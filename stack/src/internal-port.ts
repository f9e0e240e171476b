import type { Health } from '@starling/kit/lifecycle/health.ts';
import type { Component } from '@starling/kit/lifecycle/lifecycle.ts';
import type { Logger } from '@starling/kit/logger.ts';
import { startAdminServer } from '@starling/kit/servers/admin-server.ts';
import { metricsText } from '@starling/kit/telemetry/metrics.ts';
import { observeHealth } from '@starling/kit/telemetry/observe-health.ts';

export type InternalPortOptions = {
  host: string;
  port: number | undefined;
  live: Health;
  ready: Health;
  logger: Logger;
};

/** /livez, /readyz and /metrics on a port that is not the door's, if there is one. */
export async function openInternalPort({ port, ...options }: InternalPortOptions): Promise<Component> {
  const stopObserving = observeHealth(options.ready);
  const server = port === undefined ? null : await startAdminServer({ ...options, port, metrics: metricsText });
  return {
    name: 'internal port',
    async close() {
      stopObserving();
      await server?.close();
    },
  };
}
