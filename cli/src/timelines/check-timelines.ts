import type { Id } from '@starling/domain/ids.ts';
import type { ExecuteAs } from '@starling/stack/execute-as.ts';
import { readTruth, type TrueEntry, type TruthServices } from './true-timelines.ts';

export type Mismatch = { viewerId: Id; position: number; expected: string | null; actual: string | null };
export type CheckResult = { equal: number; total: number; mismatches: readonly Mismatch[] };

export type CheckOptions = {
  services: TruthServices;
  executeAs: ExecuteAs;
  /** As the timelines that are read have it. */
  collapseWithin: number;
  /** Everybody who may have posted. */
  actorIds: readonly Id[];
  viewerIds: readonly Id[];
  pageSize?: number;
  onChecked?(done: number, total: number): void;
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

type HomePage = {
  homeTimeline: {
    edges: { node: { id: Id }; retweetedBy: { id: Id } | null; reason: { followees: ({ id: Id } | null)[] } }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
};

/** Reads every viewer's whole home timeline through the gateway and holds it against brute force: same entries, same order. */
export async function checkTimelines(options: CheckOptions): Promise<CheckResult> {
  const truthOf = await readTruth(options.services, options);
  const mismatches: Mismatch[] = [];
  for (const [index, viewerId] of options.viewerIds.entries()) {
    const expected = (await truthOf(viewerId)).entries.map(expectedName);
    const actual = await readHome(options, viewerId);
    const mismatch = firstMismatch(viewerId, expected, actual);
    if (mismatch !== null) mismatches.push(mismatch);
    options.onChecked?.(index + 1, options.viewerIds.length);
  }
  const total = options.viewerIds.length;
  return { equal: total - mismatches.length, total, mismatches };
}

const TOLD = 10;

/** In lines; the first differences one by one. */
export function describeCheck({ equal, total, mismatches }: CheckResult): string[] {
  return [
    `${equal} of ${total} home timelines equal the definition, computed by brute force.`,
    ...mismatches
      .slice(0, TOLD)
      .map(
        ({ viewerId, position, expected, actual }) =>
          `  viewer ${viewerId}, place ${position}: expected ${expected ?? 'the end'}, got ${actual ?? 'the end'}`,
      ),
    ...(mismatches.length > TOLD ? [`  and ${mismatches.length - TOLD} more`] : []),
  ];
}

/** An entry as a client sees it: the tweet, who retweeted it, and all who put it there. */
function nameOf(tweetId: Id, retweeterId: Id | null, followees: readonly (Id | undefined)[]): string {
  const retweeted = retweeterId === null ? '' : ` retweeted by ${retweeterId}`;
  return `${tweetId}${retweeted} by way of ${followees.join(', ') || 'nobody else'}`;
}

function expectedName({ id, tweetId, actorId, followees }: TrueEntry): string {
  return nameOf(tweetId, id === tweetId ? null : actorId, followees);
}

async function readHome({ executeAs, pageSize = 100 }: CheckOptions, viewerId: Id): Promise<string[]> {
  const names: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page: HomePage = await executeAs<HomePage>(viewerId, HOME, { first: pageSize, after });
    const { edges, pageInfo } = page.homeTimeline;
    names.push(
      ...edges.map(({ node, retweetedBy, reason }) => {
        const followees = reason.followees.map((followee) => followee?.id);
        return nameOf(node.id, retweetedBy?.id ?? null, followees);
      }),
    );
    if (!pageInfo.hasNextPage) return names;
    after = pageInfo.endCursor;
  }
}

function firstMismatch(viewerId: Id, expected: readonly string[], actual: readonly string[]): Mismatch | null {
  const length = Math.max(expected.length, actual.length);
  for (let position = 0; position < length; position += 1) {
    if (expected[position] !== actual[position]) {
      return { viewerId, position, expected: expected[position] ?? null, actual: actual[position] ?? null };
    }
  }
  return null;
}
