import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  GraphQLError,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { badRequest } from './bad-request.ts';

/** Bounds on the shape of one operation. */
export const limitsConfig = z.object({
  maxDepth: z.coerce.number().int().positive().default(14),
  maxAliases: z.coerce.number().int().nonnegative().default(30),
  maxDirectives: z.coerce.number().int().nonnegative().default(50),
  maxTokens: z.coerce.number().int().positive().default(2_000),
  /** Fields in the largest answer the operation can have: a page of `first` counts `first` times, and a ranking 2,000. Also the most entries of pages. */
  maxComplexity: z.coerce.number().int().positive().default(20_000),
  maxBodyBytes: z.coerce
    .number()
    .int()
    .positive()
    .default(256 * 1024),
});
export type Limits = z.infer<typeof limitsConfig>;

/** `document` is valid, and has the one operation that is meant. */
export type SizedOperation = {
  document: DocumentNode;
  operationName?: string | null | undefined;
  variables?: Readonly<Record<string, unknown>> | null | undefined;
};

/** Throws a GraphQLError OPERATION_TOO_COMPLEX, or BAD_USER_INPUT for variables that do not fit the operation. */
export type CheckLimits = (operation: SizedOperation) => void;

export function createLimitCheck(schema: GraphQLSchema, limits: Limits): CheckLimits {
  const rules = shapeRules(limits);
  const known = new WeakMap<DocumentNode, Known>();
  return (operation) => {
    const { document, operationName, variables } = operation;
    const { errors, complexities } = known.get(document) ?? {
      errors: validate(schema, document, rules),
      complexities: new LRUCache({ max: MAX_VARIABLES }),
    };
    known.set(document, { errors, complexities });
    if (errors[0]) throw errors[0];
    const key = JSON.stringify([operationName, variables]);
    const complexity = complexities.get(key) ?? complexityOf(schema, operation);
    if (key.length <= MAX_KEY) complexities.set(key, complexity);
    if (complexity > limits.maxComplexity) {
      throw tooComplex(
        `The answer could hold ${complexity} fields; at most ${limits.maxComplexity} are allowed. Ask for smaller pages.`,
      );
    }
  };
}

/** What was found out about a document: its shape, and its size for variables as they are most often sent. */
type Known = { errors: readonly GraphQLError[]; complexities: LRUCache<string, number> };
const MAX_VARIABLES = 20;
const MAX_KEY = 200;

/** What needs no variables. */
function shapeRules({ maxDepth, maxAliases, maxDirectives }: Limits): ValidationRule[] {
  const report = (context: ValidationContext | null, { message }: GraphQLError) =>
    context?.reportError(tooComplex(message.replace(/^Syntax Error: /, '')));
  const common = { exposeLimits: true, propagateOnRejection: false, onReject: [report] };
  return [
    maxDepthRule({ n: maxDepth, flattenFragments: true, ignoreIntrospection: true, ...common }),
    maxAliasesRule({ n: maxAliases, ...common }),
    maxDirectivesRule({ n: maxDirectives, ...common }),
  ];
}

function complexityOf(schema: GraphQLSchema, { document, operationName, variables }: SizedOperation): number {
  const counted = (estimator: ComplexityEstimator) =>
    getComplexity({
      schema,
      query: document,
      variables: { ...variables },
      ...(operationName ? { operationName } : {}),
      estimators: [estimator],
    });
  try {
    return Math.max(counted(estimateBySize), counted(estimateEntries));
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // Without a place in the document it is the library's own bound on the work of counting.
    if (!error.nodes) throw tooComplex(error.message);
    throw badRequest(error.message, { code: 'BAD_USER_INPUT', nodes: error.nodes });
  }
}

/** What is RANKED examines some hundreds of entries to show a few, and keeps their order. */
const RANKED_COSTS = 2_000;

/** A field counts itself and what is below it, as many times as `first` or `ids` ask for. */
const estimateBySize: ComplexityEstimator = ({ args, childComplexity }) => {
  const { order } = args as { order?: unknown };
  return 1 + (order === 'RANKED' ? RANKED_COSTS : 0) + (sizeOf(args) ?? 1) * childComplexity;
};

/**
 * Lists that nobody asks the size of, and how long they can be: what a conversation shows above a tweet (TWEETS_MAX_ANCESTORS), ways
 * into a timeline, people who can be followed, and what 280 letters can name. Most are far shorter, so plain fields below them count once.
 */
export const LONGEST: Readonly<Record<string, number>> = {
  'Conversation.ancestors': 200,
  'HomeTimelineExplanation.absences': 1_000,
  'HomeTimelineReason.followees': 5_000,
  'Tweet.entities': 140,
};

/** Entries of pages alone, where every list is as long as it can be: each item may have pages of its own. */
const estimateEntries: ComplexityEstimator = ({ type, field, args, childComplexity }) => {
  const { first } = args as { first?: unknown };
  const isPage = typeof first === 'number';
  const size = sizeOf(args) ?? LONGEST[`${type.name}.${field.name}`] ?? 1;
  return size * (childComplexity + (isPage ? 1 : 0));
};

function sizeOf(args: Record<string, unknown>): number | undefined {
  const { first, ids } = args as { first?: unknown; ids?: unknown };
  if (typeof first === 'number') return Math.max(first, 0);
  return Array.isArray(ids) ? ids.length : undefined;
}

function tooComplex(message: string): GraphQLError {
  return badRequest(message, { code: 'OPERATION_TOO_COMPLEX' });
}
