import type { Comparison } from './comparison.ts';
import { mastodonPattern, misskeyPattern, type FollowerPattern } from './follower-patterns.ts';
import type { RedisBench } from './redis-bench.ts';

/** Our fan-out beside commands for each follower: the same followers, lists of the same length, one connection each. */
export async function patternComparisons(bench: RedisBench, lists: number): Promise<Comparison[]> {
  const { redis, config, viewers, mint, push, entries, round } = bench;
  const followers = viewers.slice(0, lists);
  const load = { client: redis.connection.client, followers, length: config.kept };
  const beside = async (baseline: string, pattern: FollowerPattern, atLeast: number): Promise<Comparison> => {
    await pattern.fill(mint(config.kept));
    return {
      ...{ name: `fan-out to ${followers.length}`, baseline, unit: '/s', aim: { atLeast } },
      ...round,
      prepare: () => redis.settle(),
      ours: () => push(followers),
      theirs: () => pattern.pushAll(mint(entries)),
      settle: async () => undefined,
      close: async () => undefined,
    };
  };
  return [
    await beside("Misskey's way", misskeyPattern(load), 8),
    await beside("Mastodon's way", mastodonPattern(load), 12),
  ];
}
