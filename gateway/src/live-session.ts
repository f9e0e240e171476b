import type { IncomingMessage } from 'node:http';
import { CloseCode } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { TransportCode } from '@starling/kit/errors.ts';
import { mapIterator } from '@starling/kit/map-iterator.ts';
import { ANONYMOUS, type Principal } from '@starling/kit/principal.ts';
import { maskUnexpected } from '@starling/kit/present-error.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { subscriptions } from '@starling/kit/telemetry/metrics.ts';
import { closeSocket, TRY_AGAIN_LATER } from '@starling/kit/web-socket/close-socket.ts';
import { bearerToken } from './bearer.ts';
import type { Authenticate } from './principal-of-token.ts';

/** One client on one socket: who it is, and what runs for it. */
export type LiveSession = {
  readonly request: IncomingMessage;
  principal(): Principal;
  /** Takes the `authorization` of connection_init. False if the socket was closed instead, with the reason. */
  admit(authorization: unknown): Promise<boolean>;
  /** Operations that run now. */
  running(): number;
  /** Counts a query or mutation while it runs. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Counts a subscription until it ends; it ends with the socket at the latest. */
  hold<Item>(items: AsyncIterableIterator<Item>): AsyncIterableIterator<Item>;
};

export type SessionOptions = {
  authenticate: Authenticate;
  /** How often an open socket's token is asked again: a revoked session loses its socket after this, at most. */
  recheckMs: number;
  logger: ErrorLog;
};

export function createLiveSession(socket: WebSocket, request: IncomingMessage, options: SessionOptions): LiveSession {
  const { authenticate, recheckMs, logger } = options;
  const held = new Set<AsyncIterableIterator<unknown>>();
  let working = 0;
  let principal = ANONYMOUS;
  let guard: NodeJS.Timeout | undefined;

  socket.once('close', () => {
    clearTimeout(guard);
    for (const items of held) end(items, logger);
  });

  async function identify(token: string): Promise<void> {
    const known = await authenticate(token);
    principal = known.principal;
    recheckIn(Math.min(recheckMs, Math.max(known.expiresAt - Date.now(), 0)), token);
  }
  function recheckIn(ms: number, token: string): void {
    // It may have closed while we asked; then nobody would clear the timer.
    if (socket.readyState === WebSocket.OPEN) guard = setTimeout(() => void recheck(token), ms).unref();
  }
  async function recheck(token: string): Promise<void> {
    try {
      await identify(token);
    } catch (error) {
      const { code } = maskUnexpected(error, { requestId: 'recheck', logger });
      // Who cannot be asked about has not been found wanting.
      if (isOurs(code)) recheckIn(recheckMs, token);
      else refuse(socket, error, logger);
    }
  }

  return {
    request,
    principal: () => principal,
    async admit(authorization) {
      try {
        const token = bearerToken(authorization);
        if (token !== null) await identify(token);
        return true;
      } catch (error) {
        refuse(socket, error, logger);
        return false;
      }
    },
    running: () => working + held.size,
    async run(work) {
      working += 1;
      try {
        return await work();
      } finally {
        working -= 1;
      }
    },
    hold(items) {
      const mine = endsOnce(items, () => held.delete(mine));
      held.add(mine);
      if (socket.readyState !== WebSocket.OPEN) end(mine, logger);
      return mine;
    },
  };
}

function end(items: AsyncIterableIterator<unknown>, logger: ErrorLog): void {
  items.return?.().catch((error: unknown) => logger.error({ error }, 'A subscription could not be ended'));
}

function isOurs(code: TransportCode): boolean {
  return code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED' || code === 'INTERNAL';
}

/** 4403 asks a client to come again with another token, 1013 to come again later; the reason says which and why. */
function refuse(socket: WebSocket, error: unknown, logger: ErrorLog): void {
  const { code, message } = maskUnexpected(error, { requestId: 'connection_init', logger });
  closeSocket(socket, isOurs(code) ? TRY_AGAIN_LATER : CloseCode.Forbidden, `${code}: ${message}`);
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
