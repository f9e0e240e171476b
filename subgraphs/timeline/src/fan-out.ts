import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import { fanOutDeliveries, fanOutSeconds } from '@starling/kit/telemetry/metrics.ts';
import { inTraceOf, type TraceHeaders } from '@starling/kit/telemetry/tracing.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import { isPulled } from './fame.ts';
import type { FameView } from './fame-view.ts';
import { authorChannel, encodeNews, homeChannel } from './live-channel.ts';
import type { Delivery, TimelineStore } from './timeline-store/port.ts';

export type FanOutDeps = {
  graph: Pick<Graph<CallContext>, 'streamFollowers'>;
  /** False where everything is read from the primary. */
  keepsLists: boolean;
  fame: Pick<FameView, 'current'>;
  store: Pick<TimelineStore, 'push'>;
  pubsub: Pick<PubSub, 'publish'>;
  /** Followers a page. */
  followersAPage: number;
  /** Entries × followers of one push. */
  deliveriesAPush: number;
  /** Pushes at a time, at most. */
  pushesUnderWay: number;
  /** Entries older than this are no news to those who listen: a replay of the log or an import pushes, but calls nobody. */
  newsForMs: number;
  now: () => number;
};

export type NewEntry = {
  entryId: Id;
  actorId: Id;
  /** Epoch milliseconds. */
  at: number;
  /** Of whatever made the entry. */
  trace?: TraceHeaders;
};

/**
 * Brings new entries to the timelines of their actors' followers, and to whoever listens. May be repeated: a list holds an
 * id once, and a subscription tells of it once. Followers are read after the entry has committed (see build-timeline.ts).
 *
 * This is where the way of an entry is chosen, by its own moment: it is pushed to every follower who has a list, or, if its actor
 * was famous, only to famous followers; everybody else merges it in when reading (fame.ts).
 */
export async function fanOut(deps: FanOutDeps, call: CallContext, entries: readonly NewEntry[]): Promise<void> {
  const endTimer = fanOutSeconds.startTimer();
  const fame = await deps.fame.current();
  const batch = createBatch(deps);
  for (const [actorId, ofActor] of groupByActor(entries)) {
    const pushed = ofActor.filter(({ at }) => !isPulled(fame, actorId, at));
    const pulled = ofActor.filter((entry) => !pushed.includes(entry));
    // The actor's own entries come from the primary at each read.
    await batch.add({ followerIds: [], news: ofActor, channels: [homeChannel(actorId)] });
    await batch.add({ followerIds: [], news: pulled, channels: [authorChannel(actorId)] });
    if (pushed.length > 0) await pushToFollowers(deps, call, batch, pushed, actorId);
    for (const entry of pulled) await pushToFamousFollowers(deps, call, batch, entry);
  }
  await batch.flush();
  endTimer();
}

/** Entries for lists, and for whoever listens to the channels. */
type Share = { followerIds: Id[]; news: readonly NewEntry[]; channels: string[] };

async function pushToFollowers(
  deps: FanOutDeps,
  call: CallContext,
  batch: Batch,
  news: readonly NewEntry[],
  actorId: Id,
): Promise<void> {
  const everybody = { userId: actorId, pageSize: deps.followersAPage, afterId: '', famousAtMs: 0n };
  for await (const { ids } of deps.graph.streamFollowers(call, everybody))
    await batch.add({ followerIds: ids, news, channels: ids.map(homeChannel) });
}

/** Who listens hears of it by the author's channel. */
async function pushToFamousFollowers(
  deps: FanOutDeps,
  call: CallContext,
  batch: Batch,
  entry: NewEntry,
): Promise<void> {
  const famous = {
    userId: entry.actorId,
    pageSize: deps.followersAPage,
    afterId: '',
    famousAtMs: BigInt(entry.at),
  };
  for await (const { ids } of deps.graph.streamFollowers(call, famous))
    await batch.add({ followerIds: ids, news: [entry], channels: [] });
}

type Batch = ReturnType<typeof createBatch>;

/**
 * Spans pages and actors, so that a store is asked seldom and with much. Some pushes are under way at a time, so that the store
 * does not wait while the next one is made. `add` and `flush` reject with what a push has failed with; `flush` waits for all.
 */
function createBatch(deps: FanOutDeps) {
  let shares: Share[] = [];
  let size = 0;
  /** One that fails stays, for whoever waits next. */
  const underWay = new Set<Promise<void>>();

  function start(): void {
    const pushing = bring(deps, shares).then(() => void underWay.delete(pushing));
    pushing.catch(() => undefined);
    underWay.add(pushing);
    shares = [];
    size = 0;
  }
  return {
    async add(share: Share): Promise<void> {
      if (share.news.length === 0) return;
      shares.push(share);
      size += Math.max(1, share.followerIds.length) * share.news.length;
      if (size < deps.deliveriesAPush) return;
      if (underWay.size >= deps.pushesUnderWay) await Promise.race(underWay);
      start();
    },
    async flush(): Promise<void> {
      if (shares.length > 0) start();
      await Promise.all(underWay);
    },
  };
}

async function bring(deps: FanOutDeps, shares: readonly Share[]): Promise<void> {
  const toLists = deps.keepsLists ? shares.filter(({ followerIds }) => followerIds.length > 0) : [];
  const deliveries = toLists.map(toDelivery);
  if (deliveries.length > 0) await deps.store.push(deliveries);
  fanOutDeliveries.inc(countDeliveries(deliveries));
  await announce(deps, shares);
}

function countDeliveries(deliveries: readonly Delivery[]): number {
  return deliveries.reduce((count, { followerIds, entryIds }) => count + followerIds.length * entryIds.length, 0);
}

function toDelivery({ followerIds, news }: Share): Delivery {
  return { followerIds, entryIds: news.map(({ entryId }) => entryId) };
}

/** After the push, so that whoever hears of an entry finds it. */
async function announce({ pubsub, newsForMs, now }: FanOutDeps, shares: readonly Share[]): Promise<void> {
  const oldest = now() - newsForMs;
  for (const { channels, news } of shares) {
    if (channels.length === 0) continue;
    for (const { entryId, at, trace = {} } of news) {
      if (at < oldest) continue;
      await inTraceOf(trace, 'announce entry', {}, () => pubsub.publish(channels, encodeNews({ entryId })));
    }
  }
}

function groupByActor(entries: readonly NewEntry[]): Map<Id, NewEntry[]> {
  return Map.groupBy(entries, ({ actorId }) => actorId);
}
