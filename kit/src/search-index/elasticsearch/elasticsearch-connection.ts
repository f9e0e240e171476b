import { Client, errors } from '@elastic/elasticsearch';
import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleWhen } from 'cockatiel';
import { StarlingError } from '../../errors.ts';
import { Blocked, Busy, BUSY_STATUS, isBlock, Refusal, tooSlow, UNAVAILABLE_STATUSES } from './refusal.ts';

export type ConnectionOptions = {
  /** `http://host:port`, or several of them with commas between. */
  url: string;
  username?: string;
  password?: string;
};

export type Request = {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, string | number | boolean>>;
  body?: object;
  /** Lines of JSON instead of a body. */
  lines?: string;
  timeoutMs: number;
  /** What to throw when no answer comes in time. Default UNAVAILABLE. */
  late?: 'DEADLINE_EXCEEDED' | 'UNAVAILABLE';
  /** Statuses whose answer is no error. */
  accept?: readonly number[];
};

export type Connection = {
  /**
   * The answer's body. Throws StarlingError UNAVAILABLE (at once, while the server has been away for a few requests; `Busy` if it has too
   * much to do), or `Refusal` for what it would refuse again.
   */
  request<Answer>(request: Request): Promise<Answer>;
  /** For messages: the addresses without what is secret. */
  name: string;
  close(): Promise<void>;
};

const MAX_CONNECTIONS = 32;
/** Requests in a row that found nobody, after which nobody is asked for a while: at first, and at most, for so many milliseconds. */
const FAILURES_IN_A_ROW = 5;
const PAUSE = { initialDelay: 200, maxDelay: 5_000 };

export function connect(options: ConnectionOptions): Connection {
  const nodes = options.url.split(',').map((url) => url.trim());
  const name = nodes.map((url) => new URL(url).host).join(', ');
  const client = new Client({
    nodes,
    ...(options.username !== undefined && {
      auth: { username: options.username, password: options.password ?? '' },
    }),
    // Who asks decides what is tried again.
    maxRetries: 0,
    agent: { connections: MAX_CONNECTIONS, pipelining: 1 },
  });
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof NoAnswer),
    { breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW), halfOpenAfter: new ExponentialBackoff(PAUSE) },
  );
  return {
    name,
    async request<Answer>(request: Request): Promise<Answer> {
      try {
        return await breaker.execute(() => send<Answer>(client, request, name));
      } catch (error) {
        throw translated(error, name, request);
      }
    },
    close: () => client.close(),
  };
}

/** The server did not answer, or only that it cannot now. */
class NoAnswer extends Error {
  readonly isLate: boolean;

  constructor(cause: unknown) {
    super('No answer', { cause });
    this.isLate = cause instanceof errors.TimeoutError;
  }
}

async function send<Answer>(client: Client, request: Request, name: string): Promise<Answer> {
  const { method, path, query, body, lines, timeoutMs, accept = [] } = request;
  const params = {
    ...{ method, path },
    ...(query && { querystring: query }),
    ...(body && { body }),
    ...(lines !== undefined && { bulkBody: lines }),
  };
  try {
    return await client.transport.request<Answer>(params, { requestTimeout: timeoutMs, ignore: [...accept] });
  } catch (error) {
    if (error instanceof errors.ResponseError) throw answered(error, name);
    if (error instanceof errors.ProductNotSupportedError) throw new Refusal(0, 'other_product', error.message);
    throw new NoAnswer(error);
  }
}

function answered(error: errors.ResponseError, name: string): Error {
  const status = error.statusCode ?? 0;
  const { type, reason, rootType } = toldBy(error);
  if (rootType === 'search_timeout_exception') return tooSlow({ cause: error });
  if (isBlock(status, type)) return new Blocked(name, reason, { cause: error });
  if (status === BUSY_STATUS) return new Busy(name, { cause: error });
  if (UNAVAILABLE_STATUSES.has(status)) return new NoAnswer(error);
  return new Refusal(status, type, reason, { cause: error });
}

function toldBy(error: errors.ResponseError): { type: string; reason: string; rootType: string } {
  const { error: told } = (error.body ?? {}) as {
    error?: {
      type?: string;
      reason?: string;
      caused_by?: { reason?: string };
      root_cause?: { type?: string; reason?: string }[];
    };
  };
  const [root] = told?.root_cause ?? [];
  const reason = told?.caused_by?.reason ?? root?.reason ?? told?.reason ?? error.message;
  return { type: told?.type ?? 'unknown', reason, rootType: root?.type ?? 'unknown' };
}

function translated(error: unknown, name: string, { late = 'UNAVAILABLE' }: Request): unknown {
  if (error instanceof NoAnswer && error.isLate && late === 'DEADLINE_EXCEEDED') return tooSlow({ cause: error.cause });
  if (error instanceof NoAnswer || error instanceof BrokenCircuitError)
    return new StarlingError('UNAVAILABLE', `Elasticsearch at ${name} cannot be reached`, {}, { cause: error });
  return error;
}
