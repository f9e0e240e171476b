import { AFTER_EVERY_ID, newestFirst, type Id } from '@starling/domain/ids.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { timelineReads } from '@starling/kit/telemetry/metrics.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { BuildTimeline } from './build-timeline.ts';
import { EVERYTHING, type TimelineSlice, type TimelineStore } from './timeline-store/port.ts';
import type { ViewerPoint } from './viewpoint.ts';

export type SkeletonDeps = {
  store: Pick<TimelineStore, 'read'>;
  build: BuildTimeline;
  tweets: Pick<Tweets<CallContext>, 'getEntries' | 'listByActors'>;
  logger: Pick<Logger, 'warn'>;
};

export type SkeletonRead = { call: CallContext; viewer: ViewerPoint; beforeId: Id; limit: number };

/** A place in a timeline; `facts` is null where the entry has gone meanwhile. */
export type Candidate = { id: Id; facts: EntryFacts | null };

/**
 * Candidates of a home timeline, before any rule, newest first; fewer than `limit` only if there are no more. At or above the
 * list's `completeFrom` they are the list and the viewer's own entries, below it whatever the primary has. Each call looks at
 * the list afresh and leaves no gap, so a list that is trimmed, dropped or rebuilt between two calls does no harm at the seam.
 */
export async function readSkeleton(deps: SkeletonDeps, read: SkeletonRead): Promise<Candidate[]> {
  const { header, ids } = await materialised(deps, read);
  const { completeFrom } = header;
  if (read.beforeId <= completeFrom) return fromPrimary(deps, read);
  const listed = await fromList(deps, read, { completeFrom, ids });
  const missing = read.limit - listed.length;
  if (missing === 0 || completeFrom === EVERYTHING) return listed;
  return [...listed, ...(await fromPrimary(deps, { ...read, beforeId: completeFrom, limit: missing }))];
}

/** A list that holds nothing: everything comes from the primary. */
const NOTHING: TimelineSlice = { header: { completeFrom: AFTER_EVERY_ID, followsRevision: 0n }, ids: [] };

/** The list, built on the spot if it is missing or lacks a followee. Without a list the answer is slower and no other. */
async function materialised(
  deps: SkeletonDeps,
  { call, viewer, beforeId, limit }: SkeletonRead,
): Promise<TimelineSlice> {
  const readFresh = async (): Promise<TimelineSlice | null> => {
    const slice = await deps.store.read(viewer.viewerId, { beforeId, limit });
    return slice && slice.header.followsRevision >= viewer.followsRevision ? slice : null;
  };
  try {
    const held = await readFresh();
    if (held) return told('materialised', held);
    await deps.build(call, viewer);
    const built = await readFresh();
    return built ? told('built', built) : told('primary', NOTHING);
  } catch (error) {
    deps.logger.warn({ err: error, viewerId: viewer.viewerId }, 'home timeline is read without its list');
    return told('primary', NOTHING);
  }
}

function told(source: 'materialised' | 'built' | 'primary', slice: TimelineSlice): TimelineSlice {
  timelineReads.inc({ source });
  return slice;
}

async function fromList(
  { tweets }: SkeletonDeps,
  { call, viewer, beforeId, limit }: SkeletonRead,
  { completeFrom, ids }: { completeFrom: Id; ids: Id[] },
): Promise<Candidate[]> {
  const [own, listed] = await Promise.all([
    tweets.listByActors(call, { actorIds: [viewer.viewerId], beforeId, afterId: '', limit }),
    ids.length === 0 ? { entries: [] } : tweets.getEntries(call, { ids }),
  ]);
  const ownHere = own.entries.filter(({ id }) => id >= completeFrom);
  return merge(ids, [...listed.entries, ...ownHere]).slice(0, limit);
}

/** Ids without facts stay candidates, so that a page's end is where reading ended. */
function merge(ids: readonly Id[], entries: readonly EntryFacts[]): Candidate[] {
  const facts = new Map(entries.map((entry) => [entry.id, entry]));
  const all = new Set([...ids, ...facts.keys()]);
  return [...all].sort(newestFirst).map((id) => ({ id, facts: facts.get(id) ?? null }));
}

async function fromPrimary(
  { tweets }: SkeletonDeps,
  { call, viewer, beforeId, limit }: SkeletonRead,
): Promise<Candidate[]> {
  const actorIds = [viewer.viewerId, ...viewer.following];
  const { entries } = await tweets.listByActors(call, { actorIds, beforeId, afterId: '', limit });
  return entries.map((facts) => ({ id: facts.id, facts }));
}
