import { isId, isRetweetId, timeOfId, type Id } from '@starling/domain/ids.ts';
import { tweetStateOf } from '@starling/domain/visibility.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { DeliveryLog } from './delivery-log/port.ts';
import { isPulled } from './fame.ts';
import type { FameView } from './fame-view.ts';
import { sumDelivery, type DeliverySum } from './sum-delivery.ts';

export type DeliveryDeps = {
  deliveries: Pick<DeliveryLog, 'read'>;
  fame: Pick<FameView, 'known'>;
  tweets: Pick<Tweets<CallContext>, 'getEntries'>;
};

export type TweetDelivery = DeliverySum & {
  /** Whether the author was famous, so that it went to famous followers alone. */
  isMerged: boolean;
};

/** How the viewer's own tweets came to their followers; those of others are absent, and those of which nothing is known. */
export async function readDeliveries(
  { deliveries, fame, tweets }: DeliveryDeps,
  call: CallContext,
  tweetIds: readonly Id[],
): Promise<Map<Id, TweetDelivery>> {
  const { userId: viewerId } = call.principal;
  const asked = tweetIds.filter((id) => isId(id) && !isRetweetId(id));
  if (viewerId === null || asked.length === 0) return new Map();
  const { entries } = await tweets.getEntries(call, { ids: asked });
  const own = entries.filter(({ authorId, state }) => authorId === viewerId && tweetStateOf(state) === 'live');
  if (own.length === 0) return new Map();
  const [found, known] = await Promise.all([deliveries.read(own.map(({ id }) => id)), fame.known()]);
  const told = [...found].flatMap(([id, slices]): [Id, TweetDelivery][] => {
    const sum = sumDelivery(slices);
    return sum === null ? [] : [[id, { ...sum, isMerged: isPulled(known, viewerId, timeOfId(id)) }]];
  });
  return new Map(told);
}
