import { checkTimelines } from '@starling/cli/timelines/check-timelines.ts';
import type { Id } from '@starling/domain/ids.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { expect } from 'vitest';
import { operation } from './operations.ts';
import type { PlainCommunity } from './plain-community.ts';

type Edge = { node: { id: Id; text?: string | null; unavailable?: object | null }; retweetedBy: { id: Id } | null };
type Home = { homeTimeline: { edges: Edge[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } };

const IDS_ONLY = /* GraphQL */ `
  query ($first: Int!, $after: String) {
    homeTimeline(first: $first, after: $after) {
      edges {
        node {
          id
        }
        retweetedBy {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

/** Every entry of a home timeline as a client pages through it: the tweet, and who retweeted it. */
export async function readWholeHome({ executeAs }: Pick<Stack, 'executeAs'>, viewerId: Id, first = 100) {
  const edges = await readEdges(executeAs, IDS_ONLY, viewerId, first);
  return edges.map(({ node, retweetedBy }) => nameOf(node.id, retweetedBy?.id ?? null));
}

/** Entries that come without their content. */
export async function readHollowEntries({ executeAs }: Pick<Stack, 'executeAs'>, viewerId: Id): Promise<Edge[]> {
  const edges = await readEdges(executeAs, operation('HomeTimeline'), viewerId, 100);
  return edges.filter(({ node }) => !node.text || node.unavailable);
}

async function readEdges(executeAs: Stack['executeAs'], query: string, viewerId: Id, first: number): Promise<Edge[]> {
  const edges: Edge[] = [];
  for (let after: string | null = null; ;) {
    const { homeTimeline }: Home = await executeAs<Home>(viewerId, query, { first, after });
    expect(homeTimeline.edges.length).toBeLessThanOrEqual(first);
    edges.push(...homeTimeline.edges);
    if (!homeTimeline.pageInfo.hasNextPage) return edges;
    after = homeTimeline.pageInfo.endCursor;
  }
}

export function trueHome(plain: PlainCommunity, viewerId: Id): string[] {
  return plain.home(viewerId).map(({ tweet, retweeterId }) => nameOf(tweet.id, retweeterId));
}

/**
 * Each person's timeline, twice over: in pages of `pageSize` against the plain community, and by the check of an import,
 * which computes it by brute force from what services say.
 */
export async function expectTrueTimelines(
  stack: Pick<Stack, 'services' | 'executeAs' | 'collapseWithin'>,
  plain: PlainCommunity,
  pageSize = 100,
): Promise<void> {
  const ids = plain.peopleIds();
  for (const viewerId of ids) {
    expect(await readWholeHome(stack, viewerId, pageSize), `home of ${viewerId}`).toEqual(trueHome(plain, viewerId));
  }
  const checked = await checkTimelines({ ...stack, actorIds: ids, viewerIds: ids });
  expect(checked).toEqual({ equal: ids.length, total: ids.length, mismatches: [] });
}

function nameOf(tweetId: Id, retweeterId: Id | null): string {
  return retweeterId === null ? tweetId : `${tweetId} retweeted by ${retweeterId}`;
}
