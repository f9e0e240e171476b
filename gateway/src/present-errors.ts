import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { TransportCode } from '@starling/kit/errors.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import { presentError } from '@starling/kit/present-error.ts';

/** An error as it leaves the door; `requestId` is that of the request that it answers. */
export type PresentError = (error: unknown, requestId: string) => GraphQLFormattedError;

/** Apollo's own codes, told in ours. */
const CODE_OF: Readonly<Record<string, TransportCode>> = {
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_REQUEST',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_REQUEST',
};

/**
 * Every error that leaves the door passes here once: it has a code from the closed list, and what nobody foresaw is
 * logged and told as INTERNAL. Which subgraph it came from is nobody's business outside.
 */
export function createPresentError(logger: ErrorLog): PresentError {
  return (error, requestId) => {
    const translated = error instanceof GraphQLError ? translate(error) : undefined;
    if (translated) return translated;
    const { extensions, locations, path, message } = presentError(error, { requestId, logger });
    const { serviceName: _, stacktrace: __, http: ___, ...told } = extensions ?? {};
    return { message, ...(locations && { locations }), ...(path && { path }), extensions: told };
  };
}

function translate({ message, extensions }: GraphQLError): GraphQLFormattedError | undefined {
  const { code, validationErrorCode } = extensions;
  // Apollo's words are to whoever built the server.
  if (validationErrorCode === 'INTROSPECTION_DISABLED')
    return { message: 'Introspection is switched off.', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } };
  const ours = CODE_OF[String(code)];
  if (ours) return { message, extensions: { code: ours } };
  // graphql-js has no other mark on it.
  const tooLong = code === 'GRAPHQL_PARSE_FAILED' && /more th[an]+t? \d+ tokens/.exec(message);
  return tooLong ? { message, extensions: { code: 'OPERATION_TOO_COMPLEX' satisfies TransportCode } } : undefined;
}
