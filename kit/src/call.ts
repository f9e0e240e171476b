import { z } from 'zod';
import { StarlingError } from './errors.ts';
import { SYSTEM, type CallContext, type Principal } from './principal.ts';
import { isTracing, traceHeaders } from './telemetry/tracing.ts';

/** How long a call may take unless it says otherwise. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** The frame of a new call. */
export function createCall(
  parts: { principal: Principal } & Partial<CallContext> & { timeoutMs?: number },
): CallContext {
  const { principal, timeoutMs = DEFAULT_TIMEOUT_MS, deadline = Date.now() + timeoutMs } = parts;
  const { requestId = crypto.randomUUID(), clientAddress = null, userAgent, signal, consistency, onWrote } = parts;
  return {
    principal,
    deadline,
    requestId,
    clientAddress,
    ...(userAgent && { userAgent }),
    ...(signal && { signal }),
    ...(consistency && { consistency }),
    ...(onWrote && { onWrote }),
  };
}

/** The frame of what is asked on nobody's behalf; `requestId` says by what. */
export function systemCall(requestId: string, options: { timeoutMs?: number } = {}): CallContext {
  return createCall({ principal: SYSTEM, requestId, ...options });
}

/** Kept back at every hop, so that who was asked gives up before who asks does, and its answer still arrives. */
const HOP_MS = 10;

/**
 * The frame as it travels between services, as base64url of JSON. The deadline goes as the time left, which does not depend
 * on clocks that agree. The signal stays; the transport carries cancellation. The trace is the one that this is called in.
 */
export function encodeCall({ deadline, signal: _, ...told }: CallContext): string {
  const trace = isTracing() ? traceHeaders() : told.trace;
  const timeoutMs = Math.min(Math.max(deadline - Date.now() - HOP_MS, 0), Number.MAX_SAFE_INTEGER);
  return Buffer.from(JSON.stringify({ ...told, trace, timeoutMs })).toString('base64url');
}

/** Throws StarlingError BAD_REQUEST for anything but what `encodeCall` gives. To be called after its signature was verified. */
export function decodeCall(text: string): CallContext {
  try {
    const { timeoutMs, ...told } = frame.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { ...told, deadline: Date.now() + timeoutMs };
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
  timeoutMs: z.number().nonnegative(),
  requestId: z.string(),
  clientAddress: z.string().nullable(),
  userAgent: z.string().nullish(),
  consistency: z.record(z.string(), z.string()).optional(),
  trace: z.record(z.string(), z.string()).optional(),
});
