import type { GraphQLDataSource } from '@apollo/gateway';
import { Kind, type DocumentNode, type GraphQLFormattedError } from 'graphql';
import type { GatewayContext } from './gateway-context.ts';
import type { SubgraphClient } from './subgraph-client.ts';

/** Runs a subgraph's part of a plan. */
export function createDataSource(subgraph: SubgraphClient): GraphQLDataSource<GatewayContext> {
  return {
    async process(options) {
      const { request, context } = options;
      const { call } = context as GatewayContext;
      const { query = '', variables = {}, operationName } = request;
      const { data, errors } = await subgraph.execute({ query, variables, operationName: operationName ?? null }, call);
      const located = errors?.flatMap((error) =>
        locate(error, variables, 'document' in options ? options.document : undefined),
      );
      return { data: data ?? null, ...(located ? { errors: located } : {}), http: undefined };
    },
  };
}

/** An error of the whole request has no path: it is told of everything that was asked for, and so at its place in the client's answer. */
function locate(
  error: GraphQLFormattedError,
  { representations }: Record<string, unknown>,
  document: DocumentNode | undefined,
): readonly GraphQLFormattedError[] {
  if (error.path) return [error];
  const paths = Array.isArray(representations)
    ? representations.map((_, index) => ['_entities', index])
    : rootFieldsOf(document).map((name) => [name]);
  return paths.length > 0 ? paths.map((path) => ({ ...error, path })) : [error];
}

function rootFieldsOf(document: DocumentNode | undefined): string[] {
  const operation = document?.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return (operation?.selectionSet.selections ?? []).flatMap((selection) =>
    selection.kind === Kind.FIELD ? [(selection.alias ?? selection.name).value] : [],
  );
}
