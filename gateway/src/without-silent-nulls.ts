import { GraphQLError } from 'graphql';

type Result = { errors?: readonly GraphQLError[]; extensions?: Record<string, unknown> };

/**
 * Apollo's gateway tells of non-null fields that the subgraphs left empty only in an extension of its own. To a client
 * they are errors like any other, and to us a fault.
 */
export function withoutSilentNulls<Answer extends Result>(result: Answer): Answer {
  const { valueCompletion, ...extensions } = result.extensions ?? {};
  if (!Array.isArray(valueCompletion)) return result;
  const { extensions: _, ...rest } = result;
  return {
    ...(rest as Answer),
    errors: [...(result.errors ?? []), ...valueCompletion.map(toError)],
    ...(Object.keys(extensions).length > 0 && { extensions }),
  };
}

function toError(complaint: { message?: string; path?: (string | number)[] }): GraphQLError {
  return new GraphQLError(String(complaint.message), { path: complaint.path ?? null });
}
