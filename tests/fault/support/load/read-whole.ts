import type { Id } from '@starling/domain/ids.ts';
import type { LoadPerson } from './crowd.ts';
import { HOME, PROFILE, SEARCH, type HomeEdge, type Page } from './operations.ts';

const FIRST = 100;

/** An entry as a client sees it. */
export type SeenEntry = { id: Id; retweeterId: Id | null };
export type ProfileEntry = { id: Id; text: string | null; isRetweet: boolean };

/** The own home timeline, page by page. Rejects if a page cannot be read. */
export async function readHomeOf({ client }: LoadPerson): Promise<SeenEntry[]> {
  const edges = await readPages<HomeEdge>(async (after) => {
    const { page } = await client.get<{ page: Page<HomeEdge> }>(HOME, { first: FIRST, after });
    return page;
  });
  return edges.map(({ node, retweetedBy }) => ({ id: node.id, retweeterId: retweetedBy?.id ?? null }));
}

/** What `viewer` sees on somebody's page; nothing where a block forbids it. */
export async function readProfileOf(viewer: LoadPerson, userId: Id, includeReplies: boolean): Promise<ProfileEntry[]> {
  type Edge = { isRetweet: boolean; node: { id: Id; text: string | null } };
  const edges = await readPages<Edge>(async (after) => {
    const variables = { userId, includeReplies, first: FIRST, after };
    const { user } = await viewer.client.get<{ user: { page: Page<Edge> | null } | null }>(PROFILE, variables);
    return user?.page ?? NOTHING;
  });
  return edges.map(({ isRetweet, node }) => ({ ...node, isRetweet }));
}

export async function readSearchOf(viewer: LoadPerson, query: string): Promise<Id[]> {
  type Edge = { node: { id: Id } };
  const edges = await readPages<Edge>(async (after) => {
    const { page } = await viewer.client.get<{ page: Page<Edge> }>(SEARCH, { query, first: FIRST, after });
    return page;
  });
  return edges.map(({ node }) => node.id);
}

const NOTHING: Page<never> = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };

async function readPages<Edge>(read: (after: string | null) => Promise<Page<Edge>>): Promise<Edge[]> {
  const edges: Edge[] = [];
  for (let after: string | null = null; ;) {
    const page: Page<Edge> = await read(after);
    edges.push(...page.edges);
    if (!page.pageInfo.hasNextPage) return edges;
    after = page.pageInfo.endCursor;
  }
}
