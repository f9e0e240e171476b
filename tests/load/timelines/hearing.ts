import type { Id } from '@starling/domain/ids.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import { decodeNews, homeChannel } from '@starling/timeline/live-channel.ts';

/** Ears of some people: what they hear of is in their lists. */
export type Hearing = {
  /** Resolves with the moment, by performance.now(), at which the last of them has heard of the entry. */
  entry(entryId: Id, listenerIds: readonly Id[]): Promise<number>;
  close(): Promise<void>;
};

const MAX_BUFFERED = 1_000_000;

export async function listenForEntries(
  pubsub: Pick<PubSub, 'subscribe'>,
  listenerIds: readonly Id[],
): Promise<Hearing> {
  const subscription = await pubsub.subscribe(listenerIds.map(homeChannel), { maxBuffered: MAX_BUFFERED });
  const waiting = new Map<Id, { left: Set<string>; resolve(at: number): void }>();
  const listening = (async () => {
    for await (const { channel, payload, dropped } of subscription) {
      if (dropped > 0) throw new Error(`${dropped} messages were lost: nobody can tell how long anything took.`);
      const news = decodeNews(payload);
      if (news === null || !('entryId' in news)) continue;
      const wait = waiting.get(news.entryId);
      if (wait === undefined || !wait.left.delete(channel) || wait.left.size > 0) continue;
      waiting.delete(news.entryId);
      wait.resolve(performance.now());
    }
  })();
  // Whoever waits hears of it, and so does whoever closes.
  listening.catch(() => undefined);
  return {
    entry: (entryId, ids) =>
      Promise.race([
        new Promise<number>((resolve) => waiting.set(entryId, { left: new Set(ids.map(homeChannel)), resolve })),
        listening.then(() => Promise.reject(new Error('Nobody listens any more.'))),
      ]),
    async close() {
      await subscription.return?.();
      await listening;
    },
  };
}
