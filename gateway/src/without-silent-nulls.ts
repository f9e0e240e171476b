import { GraphQLError } from 'graphql';

type Result = { data?: unknown; errors?: readonly GraphQLError[]; extensions?: Record<string, unknown> };
type Complaint = { message?: string; path?: readonly (string | number)[] };

/**
 * Apollo's gateway tells of non-null fields that the subgraphs left empty only in an extension of its own. Where a reference
 * to what has gone away became null in its nullable place, that is the answer that the schema promises. Whatever took more
 * with it than the reference is to a client an error like any other, and to us a fault.
 */
export function withoutSilentNulls<Answer extends Result>(result: Answer): Answer {
  const { valueCompletion, ...extensions } = result.extensions ?? {};
  if (!Array.isArray(valueCompletion)) return result;
  const { extensions: _, ...rest } = result;
  const faults = (valueCompletion as Complaint[]).filter(({ path }) => !isNullReference(result.data, path));
  return {
    ...(rest as Answer),
    ...((result.errors || faults.length > 0) && { errors: [...(result.errors ?? []), ...faults.map(toError)] }),
    ...(Object.keys(extensions).length > 0 && { extensions }),
  };
}

/** Whether it is the very object of the missing field that is null, and nothing above it. */
function isNullReference(data: unknown, path: Complaint['path'] = []): boolean {
  if (path.length < 2) return false;
  let value = data;
  for (const key of path.slice(0, -1)) {
    if (typeof value !== 'object' || value === null) return false;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value === null;
}

function toError({ message, path }: Complaint): GraphQLError {
  return new GraphQLError(String(message), { path: path ?? null });
}
