import type { Id } from '@starling/domain/ids.ts';
import type { ExecuteAs } from '@starling/stack/execute-as.ts';
import type { TrueEntry, TrueTimeline } from './true-timelines.ts';

export type Mismatch = { viewerId: Id; position: number; expected: string | null; actual: string | null };

export type HoldOptions = {
  executeAs: ExecuteAs;
  /** As the timelines that are read have it. */
  collapseWithin: number;
  pageSize?: number;
};

const HOME = /* GraphQL */ `
  query HomePage($first: Int!, $after: String) {
    homeTimeline(first: $first, after: $after) {
      edges {
        node {
          id
        }
        retweetedBy {
          id
        }
        reason {
          followees {
            id
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

type Edge = { node: { id: Id }; retweetedBy: { id: Id } | null; reason: { followees: ({ id: Id } | null)[] } };
type HomePage = { homeTimeline: { edges: Edge[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } };

/**
 * Reads a viewer's whole home timeline through the gateway and holds it against the truth: same entries, same order. Null if they are
 * equal. Entries that the truth does not go into may be on top, and hide older ones of the same tweet, as the definition has it.
 */
export async function holdTimeline(
  { executeAs, collapseWithin, pageSize = 100 }: HoldOptions,
  viewerId: Id,
  truth: TrueTimeline,
): Promise<Mismatch | null> {
  const edges = await readHome(executeAs, viewerId, pageSize);
  const since = edges.findIndex((edge) => !isNew(edge, truth));
  const newCount = since === -1 ? edges.length : since;
  const hiding = new Set(edges.slice(0, newCount).map(({ node }) => node.id));
  const mayBeHidden = (tweetId: Id, position: number) => position < collapseWithin && hiding.has(tweetId);
  const actual = edges.slice(newCount).map(actualName);
  const expected = truth.entries.map((entry) => ({ name: expectedName(entry), tweetId: entry.tweetId }));
  let place = 0;
  for (const [position, { name, tweetId }] of expected.entries()) {
    if (actual[place] === name) place += 1;
    else if (!mayBeHidden(tweetId, position))
      return { viewerId, position, expected: name, actual: actual[place] ?? null };
  }
  const surplus = actual[place];
  return surplus === undefined ? null : { viewerId, position: expected.length, expected: null, actual: surplus };
}

/** Whether the truth does not go into it. A retweet that the truth does not know has been put there since. */
function isNew({ node, retweetedBy }: Edge, { beforeId, entries }: TrueTimeline): boolean {
  if (beforeId === null) return false;
  if (retweetedBy === null) return node.id >= beforeId;
  return !entries.some(({ tweetId, actorId }) => tweetId === node.id && actorId === retweetedBy.id);
}

async function readHome(executeAs: ExecuteAs, viewerId: Id, first: number): Promise<Edge[]> {
  const found: Edge[] = [];
  let after: string | null = null;
  for (;;) {
    const { homeTimeline }: HomePage = await executeAs<HomePage>(viewerId, HOME, { first, after });
    found.push(...homeTimeline.edges);
    if (!homeTimeline.pageInfo.hasNextPage) return found;
    after = homeTimeline.pageInfo.endCursor;
  }
}

/** An entry as a client sees it: the tweet, who retweeted it, and all who put it there. */
function nameOf(tweetId: Id, retweeterId: Id | null, followees: readonly (Id | undefined)[]): string {
  const retweeted = retweeterId === null ? '' : ` retweeted by ${retweeterId}`;
  return `${tweetId}${retweeted} by way of ${followees.join(', ') || 'nobody else'}`;
}

function expectedName({ id, tweetId, actorId, followees }: TrueEntry): string {
  return nameOf(tweetId, id === tweetId ? null : actorId, followees);
}

function actualName({ node, retweetedBy, reason }: Edge): string {
  return nameOf(
    node.id,
    retweetedBy?.id ?? null,
    reason.followees.map((followee) => followee?.id),
  );
}
