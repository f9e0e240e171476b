import { createProgress } from '../progress.ts';
import type { Stack } from '../start-stack.ts';
import { demoCommunity } from './demo-community.ts';
import { readFounding, writeFounding } from './founding.ts';
import { loadCommunity } from './load-community.ts';

export const DEMO_PASSWORD = 'starling-demo';
/** Handles of the best-known people of the demo. */
export const DEMO_LOGINS = ['ada', 'amir', 'anouk'] as const;

export type SeedOptions = {
  empty: boolean;
  /** Ends the seeding between two of its batches; the next start goes on with it. */
  signal?: AbortSignal;
};

/** Seeds the demo community into a data folder that has no community yet, or whose seeding was cut short. True if it is a demo. */
export async function seedDemo(stack: Stack, dataDir: string, { empty, signal }: SeedOptions): Promise<boolean> {
  const held = await readFounding(dataDir);
  if (held !== null && held.state !== 'seeding') return held.state === 'seeded';
  if (held === null && empty) {
    await writeFounding(dataDir, { state: 'empty', nowMs: Date.now() });
    return false;
  }
  const nowMs = held?.nowMs ?? Date.now();
  await writeFounding(dataDir, { state: 'seeding', nowMs });
  await load(stack, nowMs, signal);
  await writeFounding(dataDir, { state: 'seeded', nowMs });
  return true;
}

async function load(stack: Stack, nowMs: number, signal: AbortSignal | undefined): Promise<void> {
  const progress = createProgress();
  try {
    await loadCommunity(demoCommunity({ nowMs }), {
      services: stack.services,
      password: DEMO_PASSWORD,
      onLoaded: progress.update,
      ...(signal ? { signal } : {}),
    });
    await drainWithProgress(stack, progress.update, signal);
  } finally {
    progress.stop();
  }
}

/** Waits until every event has arrived; the total is the most that was seen waiting. */
export async function drainWithProgress(
  stack: Pick<Stack, 'drain'>,
  update: (step: string, done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  let most = 0;
  await stack.drain({
    ...(signal ? { signal } : {}),
    onLag(left) {
      most = Math.max(most, left);
      if (most > 0) update('events', most - left, most);
    },
  });
}
