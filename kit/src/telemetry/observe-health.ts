import type { Health } from '../lifecycle/health.ts';
import { failingChecks, ready as isReady } from './metrics.ts';
import { beforeTelling } from './registry.ts';

/** Shows readiness, and which of its checks fail, each time metrics are asked for. Answers how to stop that. */
export function observeHealth(ready: Health): () => void {
  return beforeTelling(async () => {
    const { status, checks } = await ready();
    isReady.set(status === 'ok' ? 1 : 0);
    for (const [check, outcome] of Object.entries(checks)) failingChecks.set({ check }, outcome === 'ok' ? 0 : 1);
  });
}
