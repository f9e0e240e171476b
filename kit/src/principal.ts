import type { TraceHeaders } from './telemetry/tracing.ts';

/** Who asks. Travels along every call, from the door to the last service. */
export type Principal = {
  /** Null for somebody who is not logged in. */
  userId: string | null;
  sessionId: string | null;
  /** The app the token was given to; null for our own clients. */
  appId: string | null;
  scopes: readonly string[];
  roles: readonly string[];
};

export const ANONYMOUS: Principal = { userId: null, sessionId: null, appId: null, scopes: [], roles: [] };

/** What a service itself does, on nobody's behalf: consumers, imports, audits. */
export const SYSTEM: Principal = { userId: null, sessionId: null, appId: null, scopes: [], roles: ['system'] };

/** The frame of one call. */
export type CallContext = {
  principal: Principal;
  /** Epoch milliseconds after which nobody waits for the answer. */
  deadline: number;
  requestId: string;
  /** Address of the client at the door, for throttling; null inside. */
  clientAddress: string | null;
  /** What the client at the door says it is; absent inside. */
  userAgent?: string | null;
  /** Ends when the caller has gone or the deadline has passed. */
  signal?: AbortSignal;
  /** Databases by name, and how far a copy of each must have come before it may be read for this caller. */
  consistency?: Consistency;
  /** Of the trace that it goes on with, where the call has come from another process. */
  trace?: TraceHeaders;
  /** Told by whoever has committed something on behalf of this call, before it answers. */
  onWrote?(database: string, position: string): void;
};

/** Name of a database → position in its write-ahead log, as Postgres writes it: `0/16B3748`. */
export type Consistency = Readonly<Record<string, string>>;
