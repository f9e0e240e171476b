import type { Id } from '@starling/domain/ids.ts';
import { affinityOf, INTERACTION_KINDS, type Interaction } from '@starling/domain/ranking.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { TweetInteraction, Tweets } from '@starling/schema/generated/rpc/tweets.ts';

export type AffinityDeps = {
  tweets: Pick<Tweets<CallContext>, 'listInteractions'>;
  /** Images of a viewer's own: losing them costs time. */
  images: Cache;
  /** Milliseconds for which a viewer's affinities are taken to stay as they are. */
  affinityForMs: number;
};

/** How close the viewer is to those to whom they did something lately; to everybody else it is `STRANGER`. */
export type Affinities = ReadonlyMap<Id, number>;

export const STRANGER = affinityOf([], 0);

/** As many as tweets tells of at a time. */
const INTERACTIONS = 1_000;

/**
 * As of the last whole multiple of `affinityForMs`, so that one answer serves all that is ranked until the next, and the same
 * order comes out again when it is made again.
 */
export function affinitiesOf(
  { tweets, images, affinityForMs }: AffinityDeps,
  call: CallContext,
  { viewerId, atMs }: { viewerId: Id; atMs: number },
): Promise<Affinities> {
  const asOf = atMs - (atMs % affinityForMs);
  const load = async () => {
    const request = { userId: viewerId, beforeMs: BigInt(asOf), limit: INTERACTIONS };
    return byAuthor((await tweets.listInteractions(call, request)).interactions, asOf);
  };
  return images.getOrLoad<Affinities>(`timeline:affinity:${viewerId}:${asOf}`, load, { ttlMs: affinityForMs });
}

function byAuthor(interactions: readonly TweetInteraction[], asOf: number): Map<Id, number> {
  const groups = Map.groupBy(interactions, ({ authorId }) => authorId);
  return new Map([...groups].map(([id, theirs]) => [id, affinityOf(theirs.flatMap(toInteraction), asOf)]));
}

/** A kind that this version does not know says nothing yet. */
function toInteraction({ kind, atMs }: TweetInteraction): Interaction[] {
  return INTERACTION_KINDS.filter((known) => known === kind).map((known) => ({ kind: known, atMs: Number(atMs) }));
}
