import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { fanOutDeliveries, fanOutSeconds } from '@starling/kit/telemetry/metrics.ts';
import type { FollowerPage, Graph } from '@starling/schema/generated/rpc/graph.ts';
import { announceEntry, type AnnounceDeps, type NewEntry } from './announce-entry.ts';
import { authorChannel, homeChannel } from './live-channel.ts';
import type { Delivery, TimelineStore } from './timeline-store/port.ts';

export type FanOutDeps = AnnounceDeps & {
  graph: Pick<Graph<CallContext>, 'streamFollowers'>;
  /** False where everything is read from the primary. */
  keepsLists: boolean;
  store: Pick<TimelineStore, 'push'>;
  /** Followers a page. */
  followersAPage: number;
  /** Followers a slice; it ends with a page. */
  followersASlice: number;
  /** Entries × followers of one push to the store. */
  deliveriesAPush: number;
  /** Pushes to the store at a time, at most. */
  pushesUnderWay: number;
  /** Awaited before each push to the store but the last, if others are to have their turn. */
  giveWay?: () => Promise<void>;
};

/** Entries of one actor on their way to the actor's followers. */
export type Push = {
  pushId: string;
  actorId: Id;
  entries: readonly NewEntry[];
  /** Epoch milliseconds: to those followers alone who were famous at that moment. 0: to everybody. */
  famousAtMs: number;
  /** Followers up to this id are done; empty at the start. */
  afterId: Id;
  /** The first one is 0. */
  slice: number;
};

/** One slice of a push that is done. */
export type PushedSlice = {
  push: Push;
  /** Where it goes on; null if it has come to the end. */
  left: Push | null;
  parts: readonly PushedPart[];
};

/** Some followers who were reached at the same moment. */
export type PushedPart = {
  /** Epoch milliseconds. */
  atMs: number;
  /** Those whose list took the entries. */
  pushed: number;
  /** Those who have no list: they get the entries when they read. */
  pulled: number;
};

/**
 * Brings each push one slice of followers further: to their timelines, and to whoever listens. May be repeated: a list holds an
 * id once, and a subscription tells of it once. Followers are read after the entry has committed (see build-timeline.ts), and no
 * more than some pages of them are held at a time.
 */
export async function fanOut(deps: FanOutDeps, call: CallContext, pushes: readonly Push[]): Promise<PushedSlice[]> {
  const endTimer = fanOutSeconds.startTimer();
  const batch = createBatch(deps);
  const slices: PushedSlice[] = [];
  for (const push of pushes) {
    const { entries: news } = push;
    const parts: PushedPart[] = [];
    if (push.slice === 0) await batch.add({ followerIds: [], news, channels: ownChannels(push), parts });
    const lastId = await addSlice(deps, call, push, (followerIds) =>
      batch.add({ followerIds, news, channels: followersChannels(push, followerIds), parts }),
    );
    const left = lastId === null ? null : { ...push, afterId: lastId, slice: push.slice + 1 };
    slices.push({ push, left, parts });
  }
  await batch.flush();
  endTimer();
  return slices;
}

/** The last follower of the slice; null if it came to the end of all. */
async function addSlice(
  deps: FanOutDeps,
  call: CallContext,
  push: Push,
  add: (followerIds: Id[]) => Promise<void>,
): Promise<Id | null> {
  let count = 0;
  for await (const { ids } of followersOf(deps, call, push)) {
    for (let start = 0; start < ids.length; start += deps.deliveriesAPush)
      await add(ids.slice(start, start + deps.deliveriesAPush));
    count += ids.length;
    if (count >= deps.followersASlice) return ids.at(-1) ?? null;
  }
  return null;
}

/** In pages by ascending id, from where the push has come to; the same followers in the same order in every slice. */
function followersOf(
  { graph, followersAPage, followersASlice }: FanOutDeps,
  call: CallContext,
  { actorId, afterId, famousAtMs }: Push,
): AsyncIterable<FollowerPage> {
  const pageSize = Math.min(followersAPage, followersASlice);
  return graph.streamFollowers(call, { userId: actorId, pageSize, afterId, famousAtMs: BigInt(famousAtMs) });
}

/** Whoever listens to somebody famous listens to the author's channel, of followers' channels none is needed then. */
function ownChannels({ actorId, famousAtMs }: Push): string[] {
  return famousAtMs === 0 ? [homeChannel(actorId)] : [homeChannel(actorId), authorChannel(actorId)];
}

function followersChannels({ famousAtMs }: Push, followerIds: readonly Id[]): string[] {
  return famousAtMs === 0 ? followerIds.map(homeChannel) : [];
}

/** Entries for lists, and for whoever listens to the channels. The actor's own entries come from the primary at each read. */
type Share = {
  followerIds: Id[];
  news: readonly NewEntry[];
  channels: string[];
  /** Where to say what became of it. */
  parts: PushedPart[];
};

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
      shares.push(share);
      size += Math.max(1, share.followerIds.length) * share.news.length;
      if (size < deps.deliveriesAPush) return;
      await deps.giveWay?.();
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
  await pushToLists(
    deps,
    shares.filter(({ followerIds }) => followerIds.length > 0),
  );
  await announce(deps, shares);
}

async function pushToLists({ keepsLists, store, now }: FanOutDeps, shares: readonly Share[]): Promise<void> {
  if (shares.length === 0) return;
  const counts = keepsLists ? await store.push(shares.map(toDelivery)) : [];
  const atMs = now();
  for (const [index, { followerIds, news, parts }] of shares.entries()) {
    const pushed = counts[index] ?? 0;
    parts.push({ atMs, pushed, pulled: followerIds.length - pushed });
    if (keepsLists) fanOutDeliveries.inc(followerIds.length * news.length);
  }
}

function toDelivery({ followerIds, news }: Share): Delivery {
  return { followerIds, entryIds: news.map(({ entryId }) => entryId) };
}

/**
 * After the push of the same share, so that whoever hears of an entry by a channel of their own finds it. The channel of a famous author
 * is told with the first share: most of those who listen merge the entry when they read, but a famous follower may look before the
 * share has come that brings it to their list.
 */
async function announce(deps: FanOutDeps, shares: readonly Share[]): Promise<void> {
  for (const { channels, news } of shares) {
    for (const entry of news) await announceEntry(deps, channels, entry);
  }
}
