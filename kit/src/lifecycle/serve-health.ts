import type { Express } from 'express';
import type { Health } from './health.ts';

/** /livez and /readyz on an Express app: 200, or 503 if a check fails; the report as JSON. */
export function serveHealth(app: Express, { live, ready }: { live: Health; ready: Health }): void {
  for (const [path, check] of [
    ['/livez', live],
    ['/readyz', ready],
  ] as const) {
    app.get(path, async (_request, response) => {
      const health = await check();
      response
        .status(health.status === 'ok' ? 200 : 503)
        .set('cache-control', 'no-store')
        .json(health);
    });
  }
}
