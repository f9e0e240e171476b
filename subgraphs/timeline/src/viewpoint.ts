import type { Follows } from '@starling/domain/home-timeline.ts';
import type { Id } from '@starling/domain/ids.ts';
import { NO_RELATION, type Relation } from '@starling/domain/visibility.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph, RelationImage } from '@starling/schema/generated/rpc/graph.ts';

/** Who looks, and how they stand to others. */
export type Viewpoint = {
  /** Null for somebody who is not logged in. */
  viewerId: Id | null;
  following: ReadonlySet<Id>;
  /** In the form that is compared. */
  hashtags: ReadonlySet<string>;
  /** Rises with every followee that is added. */
  followsRevision: bigint;
  relationTo(otherId: Id): Relation;
};

export type ViewerPoint = Viewpoint & Follows;

export type AsksRelations = Pick<Graph<CallContext>, 'getRelations'>;

export const NOBODY: Viewpoint = {
  viewerId: null,
  following: new Set(),
  hashtags: new Set(),
  followsRevision: 0n,
  relationTo: () => NO_RELATION,
};

/** As it is now: not from any cache of ours. */
export async function viewpointOf(graph: AsksRelations, call: CallContext, viewerId: Id): Promise<ViewerPoint> {
  return fromImage(viewerId, await graph.getRelations(call, { userId: viewerId }));
}

function fromImage(viewerId: Id, image: RelationImage): ViewerPoint {
  const following = new Set(image.following);
  const blocking = new Set(image.blocking);
  const blockedBy = new Set(image.blockedBy);
  const muting = new Set(image.muting);
  return {
    viewerId,
    following,
    hashtags: new Set(image.hashtags),
    followsRevision: image.followsRevision,
    relationTo: (otherId) => ({
      following: following.has(otherId),
      blocking: blocking.has(otherId),
      blockedBy: blockedBy.has(otherId),
      muting: muting.has(otherId),
    }),
  };
}
