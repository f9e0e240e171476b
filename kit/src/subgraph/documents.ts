import {
  getOperationAST,
  GraphQLError,
  parse,
  validate,
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { TransportCode } from '../errors.ts';

/** A document that cannot be run, with all that is wrong with it. */
export class DocumentRefused extends Error {
  readonly errors: readonly GraphQLFormattedError[];

  constructor(code: TransportCode, errors: readonly GraphQLError[]) {
    super(errors[0]?.message);
    this.name = 'DocumentRefused';
    this.errors = errors.map(({ message, locations }) => ({ message, locations, extensions: { code } }));
  }
}

/** The parsed and validated document, remembered by its text, or by its identity if the caller parsed it. */
export function prepareDocument(
  schema: GraphQLSchema,
  { query, document }: { query?: string; document?: DocumentNode },
): DocumentNode {
  const known = documentsOf(schema);
  if (document) {
    if (!known.valid.has(document)) check(schema, document);
    known.valid.add(document);
    return document;
  }
  if (query === undefined) throw new DocumentRefused('BAD_REQUEST', [new GraphQLError('There is no document')]);
  const kept = known.byText.get(query);
  if (kept) return kept;
  const parsed = parseDocument(query);
  check(schema, parsed);
  known.byText.set(query, parsed);
  return parsed;
}

/** The operation to run. Throws DocumentRefused if there is none of that name, the name is ambiguous, or it is of another kind. */
export function findOperation(
  document: DocumentNode,
  operationName: string | null | undefined,
  kinds: readonly OperationTypeNode[],
): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (operation && kinds.includes(operation.operation)) return operation;
  const message = operation ? `A ${operation.operation} cannot be run here` : 'There is no such operation, or several';
  throw new DocumentRefused('BAD_REQUEST', [new GraphQLError(message)]);
}

/** Of what kind the operation is that would run; null if none would. */
export function kindOf(
  schema: GraphQLSchema,
  { query, document, operationName }: { query?: string; document?: DocumentNode; operationName?: string | null },
): OperationTypeNode | null {
  try {
    const prepared = prepareDocument(schema, { ...(query !== undefined && { query }), ...(document && { document }) });
    return getOperationAST(prepared, operationName)?.operation ?? null;
  } catch (error) {
    if (error instanceof DocumentRefused) return null;
    throw error;
  }
}

type Documents = { byText: LRUCache<string, DocumentNode>; valid: WeakSet<DocumentNode> };

const MAX_DOCUMENTS = 1_000;
const bySchema = new WeakMap<GraphQLSchema, Documents>();

function documentsOf(schema: GraphQLSchema): Documents {
  const known = bySchema.get(schema) ?? { byText: new LRUCache({ max: MAX_DOCUMENTS }), valid: new WeakSet() };
  bySchema.set(schema, known);
  return known;
}

function parseDocument(query: string): DocumentNode {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) throw new DocumentRefused('GRAPHQL_PARSE_FAILED', [error]);
    throw error;
  }
}

function check(schema: GraphQLSchema, document: DocumentNode): void {
  const errors = validate(schema, document);
  if (errors.length > 0) throw new DocumentRefused('GRAPHQL_VALIDATION_FAILED', errors);
}
