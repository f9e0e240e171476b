import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Of this process. */
export const registry = new Registry();

/** From a statement on one row to the longest that anybody waits, in seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

let measuring = process.env['OTEL_SDK_DISABLED'] !== 'true';

/** False where telemetry is switched off altogether; seams then do nothing but ask. */
export function isMeasuring(): boolean {
  return measuring;
}

/** For measurements of what measuring costs. */
export function switchMeasuring(isOn: boolean): void {
  measuring = isOn;
}

export function counter<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) {
  return new Counter<Label>({ name: `starling_${name}`, help, labelNames, registers: [registry] });
}

/** A gauge that is set where something changes. */
export function gauge<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) {
  return new Gauge<Label>({ name: `starling_${name}`, help, labelNames, registers: [registry] });
}

/** Durations; its name ends in `_seconds`, and its count is that of what was timed. */
export function timer<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) {
  return new Histogram<Label>({ name: `starling_${name}`, help, labelNames, buckets: SECONDS, registers: [registry] });
}

/** How many at a time. */
export function sizes<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) {
  const buckets = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];
  return new Histogram<Label>({ name: `starling_${name}`, help, labelNames, buckets, registers: [registry] });
}

export function secondsSince(began: number): number {
  return (performance.now() - began) / 1_000;
}

type Source = () => void | Promise<void>;
const sources = new Set<Source>();

/** `look` is called before metrics are told, to set gauges of what is cheap to look at. Answers how to stop that. */
export function beforeTelling(look: Source): () => void {
  sources.add(look);
  return () => void sources.delete(look);
}

/** Whoever looks slower is left behind: its gauges are told as they were, and brought up to date by the next time. */
const LOOK_MS = 2_000;

/** Whoever fails to look leaves its gauges as they were. */
export async function lookAround(onFailure: () => void): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), LOOK_MS);
  const looks = [...sources].map(async (look) => look()).map((looking) => looking.catch(onFailure));
  await Promise.race([Promise.all(looks), late]);
  clearTimeout(timer);
}
