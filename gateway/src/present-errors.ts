import { randomUUID } from 'node:crypto';
import type { GraphQLFormattedError } from 'graphql';
import type { TransportCode } from '@starling/kit/errors.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { presentError } from '@starling/kit/present-error.ts';

/** Apollo's own codes, told in ours. */
const CODE_OF: Readonly<Record<string, TransportCode>> = {
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_REQUEST',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_REQUEST',
};

export type PresentError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/**
 * Every error that leaves the door passes here once: it has a code from the closed list, and what nobody foresaw is
 * logged and told as INTERNAL. Which subgraph it came from is nobody's business outside.
 */
export function createPresentError(logger: ErrorLog): PresentError {
  return (formatted, error) => {
    const translated = CODE_OF[String(formatted.extensions?.['code'])];
    if (translated) return { message: formatted.message, extensions: { code: translated } };
    const { message, extensions } = presentError(error, { requestId: randomUUID(), logger });
    const { serviceName: _, stacktrace: __, http: ___, ...told } = extensions ?? {};
    const { locations, path } = formatted;
    return { message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions: told };
  };
}
