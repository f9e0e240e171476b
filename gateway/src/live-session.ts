import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { mapIterator } from '@starling/kit/map-iterator.ts';
import { subscriptions } from '@starling/kit/telemetry/metrics.ts';
import { farewell } from '@starling/kit/web-socket/close-socket.ts';
import { createDebts } from './debts.ts';
import { guardSocket, type GuardOptions, type SocketGuard } from './guard-socket.ts';

/** One client on one socket: who it is, and what runs for it. */
export type LiveSession = SocketGuard & {
  readonly request: IncomingMessage;
  /** Operations that run now, or are about to. */
  running(): number;
  /** Counts an operation from now on, until `run` or `answer` has run it: messages that come together are read before any of them runs. */
  begin(): void;
  /** Runs work that was counted by `begin`. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** As `run`, for the query or mutation of this id, which is owed an answer until `answered`. */
  answer<Result>(id: string, work: () => Promise<Result>): Promise<Result>;
  answered(id: string): void;
  /** Counts a subscription until it ends; it ends with the socket at the latest. */
  hold<Item>(items: AsyncIterableIterator<Item>): AsyncIterableIterator<Item>;
  /** Closes the socket with 1001 as soon as nothing is owed, so that its client reconnects elsewhere and reads anew. Resolves when it is gone. */
  leave(): Promise<void>;
};

export type SessionOptions = GuardOptions & {
  /** No answer takes longer. */
  requestTimeoutMs: number;
  /** Time for clients to answer a close frame. Default 2 s. */
  goodbyeMs?: number;
};

export function createLiveSession(socket: WebSocket, request: IncomingMessage, options: SessionOptions): LiveSession {
  const { requestTimeoutMs, goodbyeMs = 2_000, logger } = options;
  const guard = guardSocket(socket, options);
  const owed = createDebts();
  const held = new Set<AsyncIterableIterator<unknown>>();
  let working = 0;
  let leaving: Promise<void> | undefined;

  socket.once('close', () => {
    for (const items of held) end(items, logger);
  });

  async function run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      working -= 1;
    }
  }
  async function leave(): Promise<void> {
    await owed.settled(requestTimeoutMs);
    await farewell(socket, goodbyeMs);
  }

  return {
    request,
    ...guard,
    running: () => working + held.size,
    begin: () => void (working += 1),
    run,
    answer(id, work) {
      owed.add(id);
      return run(work);
    },
    answered: owed.remove,
    hold(items) {
      const mine = endsOnce(items, () => held.delete(mine));
      held.add(mine);
      if (socket.readyState !== WebSocket.OPEN) end(mine, logger);
      return mine;
    },
    leave: () => (leaving ??= leave()),
  };
}

function end(items: AsyncIterableIterator<unknown>, logger: ErrorLog): void {
  items.return?.().catch((error: unknown) => logger.error({ error }, 'A subscription could not be ended'));
}

function endsOnce<Item>(items: AsyncIterableIterator<Item>, onEnd: () => void): AsyncIterableIterator<Item> {
  const source = mapIterator(items, { map: (item) => item });
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    subscriptions.dec();
    onEnd();
  };
  subscriptions.inc();
  const mine: AsyncIterableIterator<Item> = {
    async next() {
      try {
        const step = await source.next();
        if (step.done) end();
        return step;
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      end();
      return source.return?.() ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => mine,
  };
  return mine;
}
