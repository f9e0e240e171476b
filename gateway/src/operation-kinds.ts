import { getOperationAST, GraphQLError, parse, type OperationTypeNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { SubgraphRequest } from '@starling/kit/subgraph/execute-in-subgraph.ts';

const MAX_REMEMBERED = 2_000;

/** Of what kind an operation is; null if that cannot be said. Remembered by its text, which plans repeat. */
export function createOperationKinds(): (request: SubgraphRequest) => OperationTypeNode | null {
  const known = new LRUCache<string, { kind: OperationTypeNode | null }>({ max: MAX_REMEMBERED });
  return ({ query = '', operationName }) => {
    const key = `${operationName ?? ''}\n${query}`;
    const found = known.get(key) ?? { kind: read(query, operationName) };
    known.set(key, found);
    return found.kind;
  };
}

function read(query: string, operationName: string | null | undefined): OperationTypeNode | null {
  try {
    return getOperationAST(parse(query), operationName)?.operation ?? null;
  } catch (error) {
    // The subgraph will say what is wrong with it.
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}
