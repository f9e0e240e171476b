import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { factsOf, mergeCandidates, type Candidate } from './candidates.ts';
import { boundOf, listedIn, NOTHING_LISTED, type Listed } from './listed.ts';
import type { SkeletonDeps } from './read-skeleton.ts';
import { taggedEntries } from './tagged-entries.ts';
import type { ViewerPoint } from './viewpoint.ts';

export type AboveRead = { call: CallContext; viewer: ViewerPoint; afterId: Id; limit: number };

type AboveDeps = Omit<SkeletonDeps, 'builder'>;

const OLDEST_FIRST = { oldestFirst: true };

/** More than a list may have. */
const WHOLE_LIST = 5_000;

/**
 * What `readSkeleton` would give above a place, from there upwards: candidates before any rule, oldest first; fewer than
 * `limit` only if there are no more. It builds no list, as who looks above a place reads below it at the same time.
 */
export async function readSkeletonAbove(deps: AboveDeps, read: AboveRead): Promise<Candidate[]> {
  const [followed, tagged] = await Promise.all([
    readFollowed(deps, read),
    taggedEntries(deps.tweets, { ...read, beforeId: '', oldestFirst: true }),
  ]);
  if (tagged.length === 0) return followed;
  const ids = followed.map(({ id }) => id);
  return mergeCandidates(ids, [...tagged, ...factsOf(followed)], OLDEST_FIRST).slice(0, read.limit);
}

async function readFollowed(deps: AboveDeps, read: AboveRead): Promise<Candidate[]> {
  const list = await listOf(deps, read.viewer);
  const { completeFrom } = list;
  const below = read.afterId < completeFrom ? await fromPrimary(deps, read, completeFrom) : [];
  const missing = read.limit - below.length;
  if (missing === 0 || completeFrom === AFTER_EVERY_ID) return below;
  const afterId = read.afterId < completeFrom ? boundOf(list) : read.afterId;
  return [...below, ...(await fromList(deps, { ...read, afterId, limit: missing }, list))];
}

/** All of a list that a reader would believe; one that begins above everything if there is none. */
async function listOf({ keepsLists, store, fame, logger, now }: AboveDeps, viewer: ViewerPoint): Promise<Listed> {
  if (!keepsLists) return NOTHING_LISTED;
  const { viewerId } = viewer;
  try {
    const reading = store.read(viewerId, { beforeId: AFTER_EVERY_ID, limit: WHOLE_LIST });
    const [slice, known] = await Promise.all([reading, fame.known()]);
    return listedIn(slice, viewer, { fame: known, nowMs: now() }) ?? NOTHING_LISTED;
  } catch (error) {
    logger.warn({ err: error, viewerId }, 'home timeline is read without its list');
    return NOTHING_LISTED;
  }
}

async function fromPrimary(
  { tweets }: AboveDeps,
  { call, viewer, afterId, limit }: AboveRead,
  beforeId: Id,
): Promise<Candidate[]> {
  const actorIds = [viewer.viewerId, ...viewer.following];
  const { entries } = await tweets.listByActors(call, { actorIds, beforeId, afterId, limit, oldestFirst: true });
  return entries.map((facts) => ({ id: facts.id, facts }));
}

async function fromList(
  { tweets }: AboveDeps,
  { call, viewer, afterId, limit }: AboveRead,
  list: Listed,
): Promise<Candidate[]> {
  const ids = list.ids.filter((id) => id > afterId).slice(-limit);
  const bounds = { beforeId: '', afterId, limit, oldestFirst: true };
  const [merged, listed] = await Promise.all([
    tweets.listByActors(call, { actorIds: [viewer.viewerId, ...list.pulled], ...bounds }),
    ids.length === 0 ? { entries: [] } : tweets.getEntries(call, { ids }),
  ]);
  return mergeCandidates(ids, [...listed.entries, ...merged.entries], OLDEST_FIRST).slice(0, limit);
}
