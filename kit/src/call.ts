import { z } from 'zod';
import { StarlingError } from './errors.ts';
import { SYSTEM, type CallContext, type Principal } from './principal.ts';

/** How long a call may take unless it says otherwise. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** The frame of a new call. */
export function createCall(
  parts: { principal: Principal } & Partial<CallContext> & { timeoutMs?: number },
): CallContext {
  const { principal, timeoutMs = DEFAULT_TIMEOUT_MS, deadline = Date.now() + timeoutMs } = parts;
  const { requestId = crypto.randomUUID(), clientAddress = null, userAgent, signal } = parts;
  return { principal, deadline, requestId, clientAddress, ...(userAgent && { userAgent }), ...(signal && { signal }) };
}

/** The frame of what is asked on nobody's behalf; `requestId` says by what. */
export function systemCall(requestId: string, options: { timeoutMs?: number } = {}): CallContext {
  return createCall({ principal: SYSTEM, requestId, ...options });
}

/** The frame as it travels between services, as base64url of JSON. The signal stays; the transport carries cancellation. */
export function encodeCall({ principal, deadline, requestId, clientAddress, userAgent }: CallContext): string {
  return Buffer.from(JSON.stringify({ principal, deadline, requestId, clientAddress, userAgent })).toString(
    'base64url',
  );
}

/** Throws StarlingError BAD_REQUEST for anything but what `encodeCall` gives. To be called after its signature was verified. */
export function decodeCall(text: string): CallContext {
  try {
    return frame.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new StarlingError('BAD_REQUEST', 'The frame of the call cannot be read', {}, { cause });
  }
}

const frame = z.object({
  principal: z.object({
    userId: z.string().nullable(),
    sessionId: z.string().nullable(),
    appId: z.string().nullable(),
    scopes: z.array(z.string()),
    roles: z.array(z.string()),
  }),
  deadline: z.number(),
  requestId: z.string(),
  clientAddress: z.string().nullable(),
  userAgent: z.string().nullish(),
});
