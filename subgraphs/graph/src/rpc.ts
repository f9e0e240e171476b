import { isId, type Id } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { Pool } from '@starling/kit/postgres/pool.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import { importFollows } from './import-follows.ts';
import type { ChangeDeps } from './change-relations.ts';
import { listProfileOpens, noteProfileOpens, type ProfileOpenDeps } from './profile-opens.ts';
import { streamFame } from './stream-fame.ts';
import { readImage, relationsIn } from './read-image.ts';
import { readFamousFollowerIds, readFollowerIds, type FollowersQuery } from './store/lists.ts';
import { readFollowEnds, readFollowingAt, readHashtagsAt } from './store/past-follows.ts';

const MAX_OTHERS = 1_000;
const MAX_PAGE = 10_000;
/** An import of the past may have given somebody more at a moment than anybody can follow. */
const MAX_FOLLOWEES = 5_000;
const MAX_HASHTAGS = 1_000;

/** The handlers of graph's internal service. */
export function graphRpc(deps: ChangeDeps & ProfileOpenDeps & { followLimit: number }): Graph<CallContext> {
  return {
    async getRelations(_call, { userId }) {
      const { revision, value } = await readImage(deps, checkId(userId));
      return { userId, revision, ...value, followsRevision: BigInt(value.followsRevision) };
    },

    async getRelationsTo(_call, { userId, otherIds }) {
      if (otherIds.length > MAX_OTHERS) throw badInput(`At most ${MAX_OTHERS} people at a time`);
      const ids = otherIds.map(checkId);
      const relationTo = relationsIn((await readImage(deps, checkId(userId))).value);
      return { relations: ids.map((otherId) => ({ otherId, ...relationTo(otherId) })) };
    },

    async *streamFollowers(call, { userId, pageSize, afterId, famousAtMs }) {
      checkId(userId);
      if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE)
        throw badInput(`A page has 1 to ${MAX_PAGE} ids`);
      let last: Id | null = afterId === '' ? null : checkId(afterId);
      for (;;) {
        call.signal?.throwIfAborted();
        const query = { userId, afterId: last, limit: pageSize };
        const ids: Id[] = await readFollowers(deps.pool, query, Number(famousAtMs));
        if (ids.length > 0) yield { ids };
        last = ids.at(-1) ?? null;
        if (ids.length < pageSize) return;
      }
    },

    streamFame: (call, { sinceMs }) => streamFame(deps, call, Number(sinceMs)),

    async getFollowingAt(_call, { userId, atMs }) {
      const moment = { userId: checkId(userId), atMs: Number(atMs) };
      const [ids, hashtags] = await Promise.all([
        readFollowingAt(deps.pool, { ...moment, limit: MAX_FOLLOWEES }),
        readHashtagsAt(deps.pool, { ...moment, limit: MAX_HASHTAGS }),
      ]);
      return { ids, hashtags };
    },

    async getFollowEnds(_call, { userId, otherIds }) {
      if (otherIds.length > MAX_OTHERS) throw badInput(`At most ${MAX_OTHERS} people at a time`);
      const ends = await readFollowEnds(deps.pool, checkId(userId), otherIds.map(checkId));
      return { ends: ends.map(({ otherId, atMs }) => ({ otherId, atMs: BigInt(atMs) })) };
    },

    ...profileOpensRpc(deps),

    async importFollows(_call, { follows }) {
      const created = await importFollows(
        deps,
        follows.map(({ atMs, ...follow }) => ({ ...follow, atMs: Number(atMs) })),
      );
      return { created };
    },
  };
}

function profileOpensRpc(deps: ProfileOpenDeps): Pick<Graph<CallContext>, 'listProfileOpens' | 'noteProfileOpens'> {
  return {
    async listProfileOpens(_call, { viewerId, beforeMs, limit }) {
      const opens = await listProfileOpens(deps, { viewerId, beforeMs: Number(beforeMs), limit });
      return { opens: opens.map(({ userId, atMs }) => ({ userId, atMs: BigInt(atMs) })) };
    },

    async noteProfileOpens(_call, { opens }) {
      await noteProfileOpens(
        deps,
        opens.map(({ slotMs, ...open }) => ({ ...open, slotMs: Number(slotMs) })),
      );
      return {};
    },
  };
}

/** `famousAtMs` is 0 for everybody. */
function readFollowers(pool: Pool, query: FollowersQuery, famousAtMs: number): Promise<Id[]> {
  return famousAtMs === 0 ? readFollowerIds(pool, query) : readFamousFollowerIds(pool, query, famousAtMs);
}

function checkId(id: string): Id {
  if (!isId(id)) throw badInput('This is not the id of a person');
  return id;
}

function badInput(message: string): StarlingError {
  return new StarlingError('BAD_USER_INPUT', message);
}
