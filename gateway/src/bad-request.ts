import { GraphQLError, type ASTNode } from 'graphql';
import type { TransportCode } from '@starling/kit/errors.ts';

type Options = { code?: TransportCode; nodes?: readonly ASTNode[] };

/** A request that cannot be run as it stands: HTTP status 400, and BAD_REQUEST unless `code` knows more. */
export function badRequest(message: string, { code = 'BAD_REQUEST', nodes }: Options = {}): GraphQLError {
  return new GraphQLError(message, { ...(nodes && { nodes }), extensions: { code, http: { status: 400 } } });
}
