import { isFamousSince } from '@starling/domain/fame.ts';
import type { Id } from '@starling/domain/ids.ts';
import type { ErrorLog } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Subscription } from '@starling/kit/pubsub/port.ts';
import type { Fame } from './fame.ts';
import type { FameView } from './fame-view.ts';
import { authorChannel, hashtagChannel, homeChannel } from './live-channel.ts';
import { viewpointOf, type AsksRelations, type ViewerPoint } from './viewpoint.ts';

export type ListenDeps = {
  graph: AsksRelations;
  fame: Pick<FameView, 'known' | 'onNews'>;
  /** Milliseconds for which an entry is told: for so long an author is listened to who is no longer famous. */
  newsForMs: number;
  logger: ErrorLog;
  /** Epoch milliseconds. */
  now: () => number;
};

export type Listener = { call: CallContext; viewerId: Id; messages: Subscription };

const ASK_MS = 5_000;

/**
 * Has a subscription listen to the famous authors and the hashtags that the viewer follows: from now on, as they are when `renew` is called, and
 * when somebody becomes famous. A renewal that fails is made up for when fame is next asked for. If the first one fails, it
 * ends the subscription and throws.
 */
export async function listenToFollows(
  deps: ListenDeps,
  { call, viewerId, messages }: Listener,
): Promise<{ renew(): Promise<void>; stop(): void }> {
  let following: ReadonlySet<Id> = new Set();
  let isLate = false;
  let last = Promise.resolve();

  async function listen(): Promise<void> {
    const frame: CallContext = { ...call, deadline: deps.now() + ASK_MS, signal: undefined };
    const viewer = await viewpointOf(deps.graph, frame, viewerId);
    following = viewer.following;
    await messages.listenTo(channelsOf(viewer, await deps.fame.known(), deps.now() - deps.newsForMs));
    isLate = false;
  }
  /** One after the other, so that what was looked up last stands. */
  const renew = () =>
    (last = last.then(listen).catch((error: unknown) => {
      isLate = true;
      deps.logger.error({ err: error, viewerId }, 'a subscription does not hear of all famous authors yet');
    }));
  // Before it looks for the first time, so that what is announced meanwhile is not missed.
  const stop = deps.fame.onNews((userIds) => {
    if (isLate || [...userIds].some((id) => following.has(id))) void renew();
  });
  try {
    await (last = listen());
  } catch (error) {
    stop();
    await messages.return?.();
    throw error;
  }
  return { renew, stop };
}

function channelsOf({ viewerId, following, hashtags }: ViewerPoint, fame: Fame, sinceMs: number): string[] {
  const famous = [...following].filter((id) => isFamousSince(fame.intervalsOf(id), sinceMs));
  return [homeChannel(viewerId), ...famous.map(authorChannel), ...[...hashtags].map(hashtagChannel)];
}
