import type { Logger } from '../logger.ts';

/** Rejects, or does not end in time, if something is wrong. */
export type HealthCheck = { name: string; check(): Promise<unknown> };

/** What /livez and /readyz tell anybody: names, not reasons. */
export type HealthReport = { status: 'ok' | 'failing'; checks: Record<string, 'ok' | 'failing'> };

export type Health = () => Promise<HealthReport>;

export type HealthOptions = {
  /** Time for each check. Default 2 s. */
  timeoutMs?: number;
  /** Told why a check fails. */
  logger?: Pick<Logger, 'warn'>;
};

/** Runs all checks at once, each within its time. Those who ask while checks run share their answer. */
export function createHealth(
  checks: readonly HealthCheck[],
  { timeoutMs = 2_000, logger }: HealthOptions = {},
): Health {
  let running: Promise<HealthReport> | undefined;

  async function passes({ name, check }: HealthCheck): Promise<boolean> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`No answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      await Promise.race([check(), late]);
      return true;
    } catch (error) {
      logger?.warn({ error, check: name }, 'A health check fails');
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  async function report(): Promise<HealthReport> {
    const results = await Promise.all(checks.map(async (check) => [check.name, await passes(check)] as const));
    const entries = results.map(([name, isOk]) => [name, isOk ? 'ok' : 'failing'] as const);
    return { status: results.every(([, isOk]) => isOk) ? 'ok' : 'failing', checks: Object.fromEntries(entries) };
  }

  return () => (running ??= report().finally(() => (running = undefined)));
}
