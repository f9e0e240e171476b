import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import DataLoader from 'dataloader';
import { readDeliveries, type DeliveryDeps, type TweetDelivery } from './read-deliveries.ts';
import { NOBODY, viewpointOf, type AsksRelations, type Viewpoint } from './viewpoint.ts';

/** One operation. */
export type TimelineContext = {
  call: CallContext;
  /** Who looks; asked for once per operation. */
  viewpoint(): Promise<Viewpoint>;
  /** Whose own pages this fetch of the gateway asks for, each once. */
  profiles: Set<Id>;
  /** How the viewer's own tweets were delivered; null for all others. Gathers what the operation asks for. */
  delivery: DataLoader<Id, TweetDelivery | null>;
};

export type ContextDeps = DeliveryDeps & { graph: AsksRelations };

/** As many as tweets tells of at a time. */
const TWEETS_A_CALL = 1_000;

/** References: what else a tweet or a person has is other subgraphs' business. */
export type TweetParent = { __typename?: 'Tweet'; id: Id };
export type UserParent = { __typename?: 'User'; id: Id };

export function createTimelineContext(deps: ContextDeps, call: CallContext): TimelineContext {
  let viewpoint: Promise<Viewpoint> | undefined;
  const { userId } = call.principal;
  return {
    call,
    viewpoint: () => (viewpoint ??= userId === null ? Promise.resolve(NOBODY) : viewpointOf(deps.graph, call, userId)),
    profiles: new Set(),
    delivery: deliveryLoader(deps, call),
  };
}

function deliveryLoader(deps: DeliveryDeps, call: CallContext): DataLoader<Id, TweetDelivery | null> {
  const load = async (ids: readonly Id[]): Promise<(TweetDelivery | null)[]> => {
    const found = await readDeliveries(deps, call, ids);
    return ids.map((id) => found.get(id) ?? null);
  };
  return new DataLoader(load, { maxBatchSize: TWEETS_A_CALL });
}
