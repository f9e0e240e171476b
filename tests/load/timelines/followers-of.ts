import type { Id } from '@starling/domain/ids.ts';
import type { TimelineShared } from '@starling/timeline/open.ts';

/** Graph, as far as a fan-out asks it: tells followers as fast as they are read, and of nobody that they are famous. */
export function graphOfFollowers(
  followers: readonly Id[],
): Pick<TimelineShared['services']['graph'], 'streamFollowers' | 'streamFame'> {
  return {
    async *streamFollowers(_, { pageSize, afterId }) {
      const first = followers.findIndex((id) => id > afterId);
      if (first < 0) return;
      for (let start = first; start < followers.length; start += pageSize)
        yield { ids: followers.slice(start, start + pageSize) };
    },
    async *streamFame() {
      yield { intervals: [], nextSinceMs: 0n, freshForMs: 3_600_000, resumeSinceMs: 0n };
    },
  };
}

/** People who follow nobody, in a place where nobody has tweeted: their timelines are empty lists. */
export function servicesOfNewcomers(
  graph: Pick<TimelineShared['services']['graph'], 'streamFollowers' | 'streamFame'>,
): TimelineShared['services'] {
  const none = { following: [], blocking: [], blockedBy: [], muting: [], hashtags: [] };
  return {
    graph: {
      streamFollowers: (call, request) => graph.streamFollowers(call, request),
      streamFame: (call, request) => graph.streamFame(call, request),
      getRelations: async (_, { userId }) => ({ userId, revision: 0n, followsRevision: 0n, ...none }),
      getFollowingAt: async () => ({ ids: [], hashtags: [] }),
      getFollowEnds: async () => ({ ends: [] }),
      listProfileOpens: async () => ({ opens: [] }),
      noteProfileOpens: async () => ({}),
    },
    users: { getUsers: async () => ({ users: [] }) },
    tweets: {
      getEntries: async () => ({ entries: [] }),
      listByActors: async () => ({ entries: [] }),
      listIdsByActors: async () => ({ ids: [] }),
      listByHashtags: async () => ({ entries: [] }),
      findRetweets: async () => ({ ids: [] }),
      getCounters: async () => ({ counters: [] }),
      listInteractions: async () => ({ interactions: [] }),
    },
  };
}
