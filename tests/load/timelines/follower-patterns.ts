import type { Id } from '@starling/domain/ids.ts';
import type { RedisConnection } from '@starling/kit/redis/redis-connection.ts';

/** How others bring an entry to timelines: commands of their own for each follower. */
export type FollowerPattern = {
  /** Lists as full as ours. */
  fill(ids: readonly Id[]): Promise<void>;
  /** One entry after the other; deliveries a second. */
  pushAll(entryIds: readonly Id[]): Promise<number>;
};

type Load = { client: RedisConnection['client']; followers: readonly Id[]; length: number };
type Pipeline = ReturnType<RedisConnection['client']['pipeline']>;

/** One in so many pushes trims. */
const MISSKEY_TRIMS = 10;

/** Misskey's FanoutTimelineService: LPUSH for each follower, LTRIM behind a tenth of them, in one pipeline an entry. */
export function misskeyPattern(load: Load): FollowerPattern {
  const key = (followerId: Id) => `list:homeTimeline:${followerId}`;
  return patternOf(load, {
    fill: (pipeline, followerId, ids) => void pipeline.lpush(key(followerId), ...ids),
    push(pipeline, followerId, entryId) {
      pipeline.lpush(key(followerId), entryId);
      if (Math.random() < 1 / MISSKEY_TRIMS) pipeline.ltrim(key(followerId), 0, load.length - 1);
    },
  });
}

/**
 * Mastodon's FeedManager: ZADD and ZREMRANGEBYRANK for each follower. Its workers wait for each command; here all of an entry go in
 * one pipeline, and what it does for retweets is left out, so this is quicker than Mastodon.
 */
export function mastodonPattern(load: Load): FollowerPattern {
  const key = (followerId: Id) => `feed:home:${followerId}`;
  return patternOf(load, {
    fill: (pipeline, followerId, ids) => void pipeline.zadd(key(followerId), ...ids.flatMap((id) => [id, id])),
    push(pipeline, followerId, entryId) {
      pipeline.zadd(key(followerId), entryId, entryId);
      pipeline.zremrangebyrank(key(followerId), 0, -(load.length + 1));
    },
  });
}

type Commands = {
  fill(pipeline: Pipeline, followerId: Id, ids: readonly Id[]): void;
  push(pipeline: Pipeline, followerId: Id, entryId: Id): void;
};

const LISTS_A_PIPELINE = 50;

function patternOf({ client, followers }: Load, commands: Commands): FollowerPattern {
  return {
    async fill(ids) {
      for (let start = 0; start < followers.length; start += LISTS_A_PIPELINE) {
        const pipeline = client.pipeline();
        for (const id of followers.slice(start, start + LISTS_A_PIPELINE)) commands.fill(pipeline, id, ids);
        await run(pipeline);
      }
    },
    async pushAll(entryIds) {
      const began = performance.now();
      for (const entryId of entryIds) {
        const pipeline = client.pipeline();
        for (const id of followers) commands.push(pipeline, id, entryId);
        await run(pipeline);
      }
      return (followers.length * entryIds.length) / ((performance.now() - began) / 1_000);
    },
  };
}

/** A pipeline does not reject with what one of its commands has failed with. */
async function run(pipeline: Pipeline): Promise<void> {
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}
