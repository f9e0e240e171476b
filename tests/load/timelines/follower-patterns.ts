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
export function misskeyPattern({ client, followers, length }: Load): FollowerPattern {
  const key = (followerId: Id) => `list:homeTimeline:${followerId}`;
  return {
    fill: (ids) => fillAll({ client, followers }, (pipeline, id) => void pipeline.lpush(key(id), ...ids)),
    pushAll: (entryIds) =>
      measure(followers, entryIds, async (entryId) => {
        const pipeline = client.pipeline();
        for (const id of followers) {
          pipeline.lpush(key(id), entryId);
          if (Math.random() < 1 / MISSKEY_TRIMS) pipeline.ltrim(key(id), 0, length - 1);
        }
        await run(pipeline);
      }),
  };
}

/** Sidekiq's threads, as Mastodon's documentation has them for a big server. */
const MASTODON_JOBS = 25;

/**
 * Mastodon's FeedManager: a job for each follower, which waits for ZADD and then for ZREMRANGEBYRANK. What it does for retweets is left
 * out, and jobs cost nothing here, so this is quicker than Mastodon.
 */
export function mastodonPattern({ client, followers, length }: Load): FollowerPattern {
  const key = (followerId: Id) => `feed:home:${followerId}`;
  return {
    fill: (ids) =>
      fillAll(
        { client, followers },
        (pipeline, id) => void pipeline.zadd(key(id), ...ids.flatMap((one) => [one, one])),
      ),
    pushAll: (entryIds) =>
      measure(followers, entryIds, async (entryId) => {
        const jobs = followers.values();
        const work = async () => {
          for (const id of jobs) {
            await client.zadd(key(id), entryId, entryId);
            await client.zremrangebyrank(key(id), 0, -(length + 1));
          }
        };
        await Promise.all(Array.from({ length: MASTODON_JOBS }, work));
      }),
  };
}

/** One entry after the other. */
async function measure(
  followers: readonly Id[],
  entryIds: readonly Id[],
  push: (entryId: Id) => Promise<void>,
): Promise<number> {
  const began = performance.now();
  for (const entryId of entryIds) await push(entryId);
  return (followers.length * entryIds.length) / ((performance.now() - began) / 1_000);
}

const LISTS_A_PIPELINE = 50;

async function fillAll(
  { client, followers }: Pick<Load, 'client' | 'followers'>,
  fill: (pipeline: Pipeline, followerId: Id) => void,
): Promise<void> {
  for (let start = 0; start < followers.length; start += LISTS_A_PIPELINE) {
    const pipeline = client.pipeline();
    for (const id of followers.slice(start, start + LISTS_A_PIPELINE)) fill(pipeline, id);
    await run(pipeline);
  }
}

/** A pipeline does not reject with what one of its commands has failed with. */
async function run(pipeline: Pipeline): Promise<void> {
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}
