import type { GraphQLDataSource } from '@apollo/gateway';
// Not part of the package's front door; its version is pinned exactly for this.
import { executeQueryPlan } from '@apollo/gateway/dist/executeQueryPlan.js';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type FetchNode, type PlanNode, type QueryPlan } from '@apollo/query-planner';
import {
  GraphQLError,
  Kind,
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { SubgraphResponse } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { mapIterator } from '@starling/kit/map-iterator.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { stripAuthDirectives } from '@starling/schema/strip-auth.ts';
import { badRequest } from './bad-request.ts';
import { observeEvent } from './observe-event.ts';
import type { SubgraphClient } from './subgraph-client.ts';
import type { ReadOwnWrites } from './read-own-writes.ts';
import { withoutSilentNulls } from './without-silent-nulls.ts';

export type LiveOperation = {
  document: DocumentNode;
  operationName?: string | null | undefined;
  variables: Readonly<Record<string, unknown>>;
};

/** The answer to one event, or why there will be none. */
export type LiveResult = ExecutionResult;

/**
 * The seam behind which subscriptions run. One subgraph is the source of events; each event is then completed from
 * the other subgraphs by the rest of the plan, under the viewer's own rights at that moment.
 */
export type LiveEdge = {
  /**
   * `freshCall` frames each event's completion: deadline and principal are those of the event, not of the start. The iterator
   * rejects when the source has broken, and events may have been lost.
   */
  subscribe(
    operation: LiveOperation,
    freshCall: () => CallContext,
  ): Promise<AsyncIterableIterator<LiveResult> | LiveResult>;
};

type Plan = {
  primary: FetchNode;
  whole: QueryPlan;
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
};

const MAX_PLANS = 1_000;

export function createLiveEdge(
  supergraphSdl: string,
  subgraphs: ReadonlyMap<string, SubgraphClient>,
  dataSources: ReadonlyMap<string, GraphQLDataSource>,
  ownWrites: ReadOwnWrites,
): LiveEdge {
  const supergraph = Supergraph.build(stripAuthDirectives(supergraphSdl));
  const planner = new QueryPlanner(supergraph);
  const apiSchema = supergraph.apiSchema();
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema();
  const publicSchema = apiSchema.toGraphQLJSSchema();
  const plans = new LRUCache<DocumentNode, Map<string, Plan>>({ max: MAX_PLANS });

  const planOf = ({ document, operationName }: LiveOperation): Plan => {
    const ofDocument = plans.get(document) ?? new Map<string, Plan>();
    plans.set(document, ofDocument);
    const name = operationName ?? '';
    const plan = ofDocument.get(name) ?? makePlan(planner, apiSchema, document, operationName);
    ofDocument.set(name, plan);
    return plan;
  };

  return {
    async subscribe(live, freshCall) {
      const plan = planOf(live);
      const source = subgraphs.get(plan.primary.serviceName);
      if (source === undefined) throw new Error(`No subgraph "${plan.primary.serviceName}" to subscribe to.`);
      const request = {
        query: plan.primary.operation,
        variables: pick(live.variables, plan.primary.variableUsages),
        operationName: plan.primary.operationName ?? null,
      };
      const events = await source.subscribe(request, freshCall());
      if (!(Symbol.asyncIterator in events)) return toResult(events);
      const schemas = { supergraphSchema, publicSchema, apiSchema };
      return mapIterator(events, {
        map: ({ extensions, ...event }) =>
          observeEvent(extensions?.trace, () =>
            ownWrites
              .run(freshCall(), (call) => complete({ plan, event, live, call, dataSources, ...schemas }))
              .catch(toFault),
          ),
      });
    },
  };
}

function makePlan(
  planner: QueryPlanner,
  apiSchema: Parameters<typeof operationFromDocument>[0],
  document: DocumentNode,
  operationName: string | null | undefined,
): Plan {
  const { node } = planner.buildQueryPlan(
    operationFromDocument(apiSchema, document, operationName ? { operationName } : {}),
  );
  if (node?.kind !== 'Subscription') throw badRequest('The operation is not a subscription.');
  const nodes: PlanNode[] = node.rest === undefined ? [node.primary] : [node.primary, node.rest];
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const operation = operationName ? operations.find(({ name }) => name?.value === operationName) : operations[0];
  if (operation === undefined) throw badRequest('There is no such operation.');
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return {
    primary: node.primary,
    whole: { kind: 'QueryPlan', node: { kind: 'Sequence', nodes } },
    operation,
    fragments: Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])),
  };
}

type Completion = {
  plan: Plan;
  event: SubgraphResponse;
  live: LiveOperation;
  call: CallContext;
  dataSources: ReadonlyMap<string, GraphQLDataSource>;
  supergraphSchema: GraphQLSchema;
  publicSchema: GraphQLSchema;
  apiSchema: Parameters<typeof executeQueryPlan>[5];
};

/** Runs the whole plan, with the event standing in for what its first fetch would have brought. */
async function complete({
  plan,
  event,
  live,
  call,
  dataSources,
  supergraphSchema,
  publicSchema,
  apiSchema,
}: Completion): Promise<LiveResult> {
  const services = Object.fromEntries(dataSources);
  const { serviceName, operation: primaryOperation } = plan.primary;
  const behind = dataSources.get(serviceName);
  services[serviceName] = {
    process: async (options) => {
      if (options.request.query === primaryOperation) return { ...event, http: undefined };
      if (behind === undefined) throw new Error(`No data source for subgraph "${serviceName}".`);
      return behind.process(options);
    },
  };
  const requestContext = {
    request: { variables: { ...live.variables } },
    context: { call },
    // Where it notes which subgraphs had errors.
    metrics: {},
  } as unknown as Parameters<typeof executeQueryPlan>[2];
  const result = (await executeQueryPlan(
    plan.whole,
    services,
    requestContext,
    { schema: publicSchema, operation: plan.operation, fragments: plan.fragments },
    supergraphSchema,
    apiSchema,
  )) as LiveResult;
  return withoutSilentNulls(result);
}

/** What the subgraph said of its refusal, as errors of this schema. */
function toResult({ errors = [] }: SubgraphResponse): LiveResult {
  return { errors: errors.map(({ message, extensions }) => new GraphQLError(message, { extensions })) };
}

/** What fails with one event is told of that one: the source goes on. */
function toFault(error: unknown): LiveResult {
  return { errors: [error as GraphQLError] };
}

function pick(variables: Readonly<Record<string, unknown>>, names: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in variables).map((name) => [name, variables[name]]));
}
