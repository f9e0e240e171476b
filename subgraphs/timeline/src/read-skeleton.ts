import { AFTER_EVERY_ID, newestFirst, type Id } from '@starling/domain/ids.ts';
import type { Logger } from '@starling/kit/logger.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { BuildTimeline } from './build-timeline.ts';
import type { Candidate, Chunk } from './fill-page.ts';
import { EVERYTHING, type TimelineSlice, type TimelineStore } from './timeline-store/port.ts';
import type { ViewerPoint } from './viewpoint.ts';

export type SkeletonDeps = {
  store: Pick<TimelineStore, 'read'>;
  build: BuildTimeline;
  tweets: Pick<Tweets<CallContext>, 'getEntries' | 'listByActors'>;
  logger: Pick<Logger, 'warn'>;
};

export type SkeletonRead = { call: CallContext; viewer: ViewerPoint; beforeId: Id; limit: number };

/**
 * Candidates of a home timeline, before any rule. At or above the list's `completeFrom` they are the list and the viewer's
 * own entries, below it whatever the primary has. Each call looks at the list afresh and covers its stretch without a gap,
 * so a list that is trimmed, dropped or rebuilt between two calls does no harm at the seam.
 */
export async function readSkeleton(deps: SkeletonDeps, read: SkeletonRead): Promise<Chunk> {
  const { header, ids } = await materialised(deps, read);
  const { completeFrom } = header;
  if (read.beforeId <= completeFrom) return fromPrimary(deps, read, read.beforeId);
  const chunk = await fromList(deps, read, { completeFrom, ids });
  if (chunk.candidates.length > 0 || chunk.ended) return chunk;
  return fromPrimary(deps, read, completeFrom);
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
    if (held) return held;
    await deps.build(call, viewer);
    return (await readFresh()) ?? NOTHING;
  } catch (error) {
    deps.logger.warn({ err: error, viewerId: viewer.viewerId }, 'home timeline is read without its list');
    return NOTHING;
  }
}

async function fromList(
  { tweets }: SkeletonDeps,
  { call, viewer, beforeId, limit }: SkeletonRead,
  { completeFrom, ids }: { completeFrom: Id; ids: Id[] },
): Promise<Chunk> {
  const [own, listed] = await Promise.all([
    tweets.listByActors(call, { actorIds: [viewer.viewerId], beforeId, afterId: '', limit }),
    ids.length === 0 ? { entries: [] } : tweets.getEntries(call, { ids }),
  ]);
  const ownHere = own.entries.filter(({ id }) => id >= completeFrom);
  const all = merge(ids, [...listed.entries, ...ownHere]);
  const candidates = all.slice(0, limit);
  const hasAll = all.length <= limit && ids.length < limit && ownHere.length < limit;
  if (!hasAll) return { candidates, resumeAt: candidates.at(-1)?.id ?? completeFrom, ended: false };
  return { candidates, resumeAt: completeFrom, ended: completeFrom === EVERYTHING };
}

/** Ids without facts stay candidates, so that a page's end is where reading ended. */
function merge(ids: readonly Id[], entries: readonly EntryFacts[]): Candidate[] {
  const facts = new Map(entries.map((entry) => [entry.id, entry]));
  const all = new Set([...ids, ...facts.keys()]);
  return [...all].sort(newestFirst).map((id) => ({ id, facts: facts.get(id) ?? null }));
}

async function fromPrimary(
  { tweets }: SkeletonDeps,
  { call, viewer, limit }: SkeletonRead,
  beforeId: Id,
): Promise<Chunk> {
  const actorIds = [viewer.viewerId, ...viewer.following];
  const { entries } = await tweets.listByActors(call, { actorIds, beforeId, afterId: '', limit });
  return chunkOf(entries, beforeId, limit);
}

export function chunkOf(entries: readonly EntryFacts[], beforeId: Id, limit: number): Chunk {
  const candidates = entries.map((facts) => ({ id: facts.id, facts }));
  return { candidates, resumeAt: entries.at(-1)?.id ?? beforeId, ended: entries.length < limit };
}
