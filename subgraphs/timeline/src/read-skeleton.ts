import type { Id } from '@starling/domain/ids.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { timelineReads } from '@starling/kit/telemetry/metrics.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { NewestEntries, TimelineBuilder } from './build-timeline.ts';
import { factsOf, mergeCandidates, type Candidate } from './candidates.ts';
import type { FameView } from './fame-view.ts';
import { boundOf, listedIn, NOTHING_LISTED, type Listed } from './listed.ts';
import { taggedEntries } from './tagged-entries.ts';
import { EVERYTHING, type TimelineSlice, type TimelineStore } from './timeline-store/port.ts';
import type { ViewerPoint } from './viewpoint.ts';

export type SkeletonDeps = {
  /** False where everything comes from the primary at each read. */
  keepsLists: boolean;
  store: Pick<TimelineStore, 'read'>;
  fame: Pick<FameView, 'known'>;
  builder: Pick<TimelineBuilder, 'build'>;
  tweets: Pick<Tweets<CallContext>, 'getEntries' | 'listByActors' | 'listByHashtags'>;
  logger: Pick<Logger, 'warn'>;
  /** Epoch milliseconds. */
  now: () => number;
};

export type SkeletonRead = {
  call: CallContext;
  viewer: ViewerPoint;
  beforeId: Id;
  limit: number;
  /** For the first read, if somebody has asked for the list already. */
  early?: EarlySlice;
};

/** What a list holds below a place, asked for before it was known what the viewer follows. */
export type EarlySlice = { beforeId: Id; limit: number; slice: Promise<TimelineSlice | null> };

export function readEarly(
  { store, keepsLists }: Pick<SkeletonDeps, 'store' | 'keepsLists'>,
  { viewerId, beforeId, limit }: { viewerId: Id; beforeId: Id; limit: number },
): EarlySlice | undefined {
  if (!keepsLists) return undefined;
  const slice = store.read(viewerId, { beforeId, limit });
  // Whoever needs it hears of it.
  slice.catch(() => undefined);
  return { beforeId, limit, slice };
}

/**
 * Candidates of a home timeline, before any rule, newest first; fewer than `limit` only if there are no more: what those whom
 * the viewer follows put there, and beside it, asked for in the same wave, what carries a hashtag that the viewer follows.
 */
export async function readSkeleton(deps: SkeletonDeps, read: SkeletonRead): Promise<Candidate[]> {
  const [followed, tagged] = await Promise.all([readFollowed(deps, read), taggedEntries(deps.tweets, read)]);
  if (tagged.length === 0) return followed;
  const ids = followed.map(({ id }) => id);
  return mergeCandidates(ids, [...tagged, ...factsOf(followed)]).slice(0, read.limit);
}

/**
 * At or above the list's `completeFrom` they are the list and what the viewer and famous followees put there, below it whatever the primary has. Each
 * call looks at the list afresh and leaves no gap, so a list that is trimmed, dropped or rebuilt between two calls does no harm at the seam.
 */
async function readFollowed(deps: SkeletonDeps, read: SkeletonRead): Promise<Candidate[]> {
  const list = await materialised(deps, read);
  const { completeFrom } = list;
  if (read.beforeId <= completeFrom) return fromPrimary(deps, read);
  const listed = await fromList(deps, read, list);
  const missing = read.limit - listed.length;
  if (missing === 0 || completeFrom === EVERYTHING) return listed;
  return [...listed, ...(await fromPrimary(deps, { ...read, beforeId: completeFrom, limit: missing }))];
}

/**
 * The list; if it is missing or lacks a followee, its newest part, read on the spot, while the rest of it is read and stored for
 * the next one. Without a list the answer is slower and no other.
 */
async function materialised(deps: SkeletonDeps, read: SkeletonRead): Promise<Listed> {
  const { viewer } = read;
  if (!deps.keepsLists) return told('primary', NOTHING_LISTED);
  try {
    const [slice, fame] = await Promise.all([sliceFor(deps, read, read.early), deps.fame.known()]);
    const held = listedIn(slice, viewer, { fame, nowMs: deps.now() });
    if (held) return told('materialised', held);
    const built = await builtFor(deps, read);
    const listed = listedIn(built, viewer, { fame, nowMs: deps.now() });
    return listed ? told('built', { ...listed, entries: built?.entries }) : told('primary', NOTHING_LISTED);
  } catch (error) {
    deps.logger.warn({ err: error, viewerId: viewer.viewerId }, 'home timeline is read without its list');
    return told('primary', NOTHING_LISTED);
  }
}

/** Who starts the build is answered from what it reads first; who comes later waits until it is over. */
async function builtFor(
  deps: SkeletonDeps,
  read: SkeletonRead,
): Promise<(TimelineSlice & Partial<NewestEntries>) | null> {
  const { call, viewer, beforeId, limit } = read;
  const { newest, landed } = deps.builder.build(call, viewer, { newest: limit });
  if (newest) {
    const { header, entries } = await newest;
    const below = entries.filter(({ id }) => id < beforeId).slice(0, limit);
    return { header, ids: below.map(({ id }) => id), entries: below };
  }
  await landed();
  return sliceFor(deps, read);
}

async function sliceFor(
  { store }: SkeletonDeps,
  { viewer, beforeId, limit }: SkeletonRead,
  early?: EarlySlice,
): Promise<TimelineSlice | null> {
  if (early?.beforeId !== beforeId || early.limit < limit) return store.read(viewer.viewerId, { beforeId, limit });
  const slice = await early.slice;
  return slice && { ...slice, ids: slice.ids.slice(0, limit) };
}

function told(source: 'materialised' | 'built' | 'primary', listed: Listed): Listed {
  timelineReads.inc({ source });
  return listed;
}

async function fromList(
  { tweets }: SkeletonDeps,
  { call, viewer, beforeId, limit }: SkeletonRead,
  list: Listed,
): Promise<Candidate[]> {
  const { ids, pulled, entries } = list;
  if (entries) return entries.map((facts) => ({ id: facts.id, facts }));
  const bounds = { beforeId, afterId: boundOf(list) };
  const [merged, listed] = await Promise.all([
    tweets.listByActors(call, { actorIds: [viewer.viewerId, ...pulled], ...bounds, limit, mayBeCached: true }),
    entriesWith(tweets, call, ids),
  ]);
  return mergeCandidates(ids, [...listed, ...merged.entries]).slice(0, limit);
}

async function entriesWith(
  tweets: SkeletonDeps['tweets'],
  call: CallContext,
  ids: readonly Id[],
): Promise<EntryFacts[]> {
  if (ids.length === 0) return [];
  return (await tweets.getEntries(call, { ids: [...ids] })).entries;
}

async function fromPrimary(
  { tweets }: SkeletonDeps,
  { call, viewer, beforeId, limit }: SkeletonRead,
): Promise<Candidate[]> {
  const actorIds = [viewer.viewerId, ...viewer.following];
  const { entries } = await tweets.listByActors(call, { actorIds, beforeId, afterId: '', limit, mayBeCached: true });
  return entries.map((facts) => ({ id: facts.id, facts }));
}
