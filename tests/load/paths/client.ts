import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Job, Outcome } from './client-thread.ts';

/** Load from a thread of its own, so that the client's work is not counted as the server's. */
export type LoadClient = {
  /** Sends one request over and over, for about `ms`; answers a second. */
  http(job: { url: string; headers: Record<string, string>; body: string; width: number; ms: number }): Promise<number>;
  /** Opens sockets. Each sends its messages once; resolves when all have had `acks` messages back. */
  open(job: { url: string; protocol: string; messages: string[][]; acks: number }): Promise<void>;
  /** Sends one message over every socket. */
  say(message: string): Promise<void>;
  /** Resolves when so many messages have come over all sockets since the last call. */
  received(count: number): Promise<void>;
  closeSockets(): Promise<void>;
  stop(): Promise<void>;
};

export function startLoadClient(): LoadClient {
  const thread = new Worker(new URL('./client-thread.ts', import.meta.url));
  const run = async (job: Job): Promise<number> => {
    thread.postMessage(job);
    const [outcome] = (await once(thread, 'message')) as [Outcome];
    if (outcome.error !== undefined) throw new Error(outcome.error);
    return outcome.result;
  };
  return {
    http: (job) => run({ kind: 'http', ...job }),
    open: async (job) => void (await run({ kind: 'open', ...job })),
    say: async (message) => void (await run({ kind: 'say', message })),
    received: async (count) => void (await run({ kind: 'received', count })),
    closeSockets: async () => void (await run({ kind: 'close' })),
    stop: async () => void (await thread.terminate()),
  };
}
