import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { GraphQLError, type DocumentNode, type GraphQLSchema, type ValidationRule } from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { z } from 'zod';
import type { TransportCode } from '@starling/kit/errors.ts';

/** Bounds on the shape of one operation. */
export const limitsConfig = z.object({
  maxDepth: z.coerce.number().int().positive().default(14),
  maxAliases: z.coerce.number().int().nonnegative().default(30),
  maxDirectives: z.coerce.number().int().nonnegative().default(50),
  maxTokens: z.coerce.number().int().positive().default(4_000),
  /** Fields in the largest answer the operation can have: a page of `first` counts `first` times. */
  maxComplexity: z.coerce.number().int().positive().default(20_000),
  maxBodyBytes: z.coerce
    .number()
    .int()
    .positive()
    .default(256 * 1024),
});
export type Limits = z.infer<typeof limitsConfig>;

const CODE = 'OPERATION_TOO_COMPLEX' satisfies TransportCode;

/** Rules that need no variables; they run with GraphQL's own validation. */
export function shapeRules({ maxDepth, maxAliases, maxDirectives }: Limits): ValidationRule[] {
  const onReject = [
    (_context: unknown, error: GraphQLError): never => {
      throw new GraphQLError(error.message, { extensions: { code: CODE } });
    },
  ];
  const common = { exposeLimits: true, propagateOnRejection: false, onReject };
  return [
    maxDepthRule({ n: maxDepth, flattenFragments: true, ignoreIntrospection: true, ...common }),
    maxAliasesRule({ n: maxAliases, ...common }),
    maxDirectivesRule({ n: maxDirectives, ...common }),
  ] as ValidationRule[];
}

export type SizedOperation = {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName?: string | null | undefined;
  variables: Readonly<Record<string, unknown>>;
};

/** Throws OPERATION_TOO_COMPLEX if the answer could hold more than `maxComplexity` fields. */
export function checkComplexity({ schema, document, operationName, variables }: SizedOperation, limits: Limits): void {
  const complexity = getComplexity({
    schema,
    query: document,
    variables: { ...variables },
    ...(operationName ? { operationName } : {}),
    estimators: [estimateBySize],
  });
  if (complexity > limits.maxComplexity) {
    throw new GraphQLError(
      `The answer could hold ${complexity} fields; at most ${limits.maxComplexity} are allowed. Ask for smaller pages.`,
      { extensions: { code: CODE } },
    );
  }
}

/** A field counts itself and what is below it, as many times as `first` or `ids` ask for. */
const estimateBySize: ComplexityEstimator = ({ args, childComplexity }) => {
  const { first, ids } = args as { first?: unknown; ids?: unknown };
  const size = typeof first === 'number' ? Math.max(first, 0) : Array.isArray(ids) ? ids.length : 1;
  return 1 + size * childComplexity;
};
