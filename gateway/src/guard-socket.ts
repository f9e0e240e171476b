import { CloseCode } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { TransportCode } from '@starling/kit/errors.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { maskUnexpected } from '@starling/kit/present-error.ts';
import { ANONYMOUS, type Principal } from '@starling/kit/principal.ts';
import { closeSocket, TRY_AGAIN_LATER } from '@starling/kit/web-socket/close-socket.ts';
import { bearerToken } from './bearer.ts';
import type { Authenticate } from './principal-of-token.ts';

/** Knows who is at the other end of a socket, for as long as that may be there. */
export type SocketGuard = {
  principal(): Principal;
  /** Takes the `authorization` of connection_init. False if the socket was closed instead, with the reason. */
  admit(authorization: unknown): Promise<boolean>;
};

export type GuardOptions = {
  authenticate: Authenticate;
  /** How often an open socket's token is asked again: a revoked session loses its socket after this, at most. */
  recheckMs: number;
  logger: ErrorLog;
};

export function guardSocket(socket: WebSocket, { authenticate, recheckMs, logger }: GuardOptions): SocketGuard {
  let principal = ANONYMOUS;
  let guard: NodeJS.Timeout | undefined;
  socket.once('close', () => clearTimeout(guard));

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
  };
}

function isOurs(code: TransportCode): boolean {
  return code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED' || code === 'INTERNAL';
}

/** 4403 asks a client to come again with another token, 1013 to come again later; the reason says which and why. */
function refuse(socket: WebSocket, error: unknown, logger: ErrorLog): void {
  const { code, message } = maskUnexpected(error, { requestId: 'connection_init', logger });
  closeSocket(socket, isOurs(code) ? TRY_AGAIN_LATER : CloseCode.Forbidden, `${code}: ${message}`);
}
