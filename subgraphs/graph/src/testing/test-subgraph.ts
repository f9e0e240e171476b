import { PrismaPg } from '@prisma/adapter-pg';
import { expect } from 'vitest';
import type { Id } from '@starling/domain/ids.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { PrismaClient } from '@starling/prisma/graph/generated/client.ts';
import { createGraphSubgraph } from '../subgraph.ts';
import { callOf, openTestGraph } from './test-graph.ts';

type Json = Record<string, never>;
export type TestSubgraph = Awaited<ReturnType<typeof openTestSubgraph>>;

/** The subgraph on a fresh database, and what is asked of it. */
export async function openTestSubgraph(tunables: Parameters<typeof openTestGraph>[0] = {}) {
  const graph = await openTestGraph(tunables);
  const prisma = new PrismaClient({ adapter: new PrismaPg(graph.pool) });
  const subgraph = createGraphSubgraph({ ...graph, prisma });

  async function run(viewerId: Id | null, query: string, variables: Record<string, unknown> = {}) {
    const { data, errors } = await executeInSubgraph<Json>(subgraph, { query, variables }, callOf(viewerId), {
      logger: { error: () => {} },
    });
    return {
      data: JSON.parse(JSON.stringify(data ?? null)) as Json,
      codes: (errors ?? []).map((error) => error.extensions?.code),
    };
  }

  /** Ids of a list, page by page, and how many pages it took. */
  async function walk(
    viewerId: Id | null,
    owner: Id,
    field: string,
    first: number,
  ): Promise<{ ids: Id[]; pages: number }> {
    const ids: Id[] = [];
    let after: string | null = null;
    for (let pages = 1; ; pages++) {
      const query = `query ($representations: [_Any!]!, $first: Int!, $after: String) { _entities(representations: $representations) {
        ... on User { ${field}(first: $first, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } } }`;
      const { data, codes } = await run(viewerId, query, { ...references([owner]), first, after });
      expect(codes).toEqual([]);
      type List = { edges: { node: { id: Id } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      const list = (data as unknown as { _entities: Record<string, List>[] })._entities[0]?.[field];
      ids.push(...(list?.edges.map((edge) => edge.node.id) ?? []));
      if (!list?.pageInfo.hasNextPage) return { ids, pages };
      after = list.pageInfo.endCursor;
    }
  }

  return {
    graph,
    run,
    walk,
    async close() {
      await prisma.$disconnect();
      await graph.close();
    },
  };
}

export const references = (ids: readonly Id[]) => ({ representations: ids.map((id) => ({ __typename: 'User', id })) });
