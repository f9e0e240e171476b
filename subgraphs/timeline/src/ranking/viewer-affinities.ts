import type { Id } from '@starling/domain/ids.ts';
import { affinityOf, INTERACTION_KINDS, type Interaction } from '@starling/domain/ranking.ts';
import type { Cache } from '@starling/kit/cache/port.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph, ProfileOpen } from '@starling/schema/generated/rpc/graph.ts';
import type { TweetInteraction, Tweets } from '@starling/schema/generated/rpc/tweets.ts';

export type AffinityDeps = {
  tweets: Pick<Tweets<CallContext>, 'listInteractions'>;
  graph: Pick<Graph<CallContext>, 'listProfileOpens'>;
  /** Images of a viewer's own: losing them costs time. */
  images: Cache;
  /** Milliseconds for which a viewer's affinities are taken to stay as they are. */
  affinityForMs: number;
  /** Epoch milliseconds. */
  now: () => number;
};

/** How close the viewer is to those to whom, or to whose tweets, they did something lately; to everybody else it is `STRANGER`. */
export type Affinities = ReadonlyMap<Id, number>;

export const STRANGER = affinityOf([], 0);

/** As many of each kind as tweets and graph tell of. */
const INTERACTIONS = 1_000;

/**
 * As of the last whole multiple of `affinityForMs`, so that one answer serves all that is ranked until the next, and the same
 * order comes out again when it is made again. An opened profile counts from the moment when graph wrote it down, somewhat after
 * it was opened: so none of before that moment is added later, as far as graph's clock agrees with ours.
 */
export function affinitiesOf(
  { tweets, graph, images, affinityForMs, now }: AffinityDeps,
  call: CallContext,
  { viewerId, atMs }: { viewerId: Id; atMs: number },
): Promise<Affinities> {
  const asOf = atMs - (atMs % affinityForMs);
  const load = async () => {
    const request = { beforeMs: BigInt(asOf), limit: INTERACTIONS };
    const [{ interactions }, { opens }] = await Promise.all([
      tweets.listInteractions(call, { userId: viewerId, ...request }),
      graph.listProfileOpens(call, { viewerId, ...request }),
    ]);
    return byPerson([...interactions, ...opens.map(asInteraction)], asOf);
  };
  // Those of before are for an order that is made again, which is kept itself.
  const ttlMs = Math.max(0, asOf + affinityForMs - now());
  return images.getOrLoad<Affinities>(`timeline:affinity:${viewerId}:${asOf}`, load, { ttlMs });
}

/** `authorId`: whose profile it was. */
function asInteraction({ userId, atMs }: ProfileOpen): TweetInteraction {
  return { authorId: userId, kind: 'open', atMs };
}

function byPerson(interactions: readonly TweetInteraction[], asOf: number): Map<Id, number> {
  const groups = Map.groupBy(interactions, ({ authorId }) => authorId);
  return new Map([...groups].map(([id, theirs]) => [id, affinityOf(theirs.flatMap(toInteraction), asOf)]));
}

/** A kind that this version does not know says nothing yet. */
function toInteraction({ kind, atMs }: TweetInteraction): Interaction[] {
  return INTERACTION_KINDS.filter((known) => known === kind).map((known) => ({ kind: known, atMs: Number(atMs) }));
}
