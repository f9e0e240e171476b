import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { traceIds } from './telemetry/tracing.ts';

export type Logger = PinoLogger;

/** What most functions need of a logger; pass anything that has it. */
export type ErrorLog = { error(fields: object, message: string): void };

/** Whatever stands under one of these names, at the top or one or two objects down, is never written. */
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'apiKey',
  'signature',
  'email',
  'emailAddress',
  'databaseUrl',
] as const;

const SECRET_PATHS = SECRET_NAMES.flatMap((name) => {
  const key = name.includes('-') ? `["${name}"]` : name;
  const dotted = name.includes('-') ? key : `.${key}`;
  return [key, `*${dotted}`, `*.*${dotted}`];
});

export type LoggerOptions = {
  name: string;
  /** Defaults to LOG_LEVEL, and to `info` without it. */
  level?: string;
  /** Defaults to standard output. */
  destination?: DestinationStream;
};

/**
 * A logger of JSON lines, with secrets redacted and errors written with their causes. Each has the process by `name`, `pid` and
 * `hostname`, and, within a trace, `trace_id` and `span_id`.
 */
export function createLogger({ name, level = process.env.LOG_LEVEL ?? 'info', destination }: LoggerOptions): Logger {
  const options = {
    name,
    level,
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    serializers: { error: pino.stdSerializers.errWithCause, err: pino.stdSerializers.errWithCause },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: traceIds,
  };
  return destination ? pino(options, destination) : pino(options);
}

/** A logger whose every line carries the request's id. */
export function loggerOfCall(logger: Logger, call: { requestId: string }): Logger {
  return logger.child({ requestId: call.requestId });
}
