import { postTweet } from './post-tweet.ts';
import type { Path } from './rounds.ts';
import type { Site } from './site.ts';

const TWEETS_A_ROUND = 10;
const BASELINE_TIMES = 20;

/** From the first post until nothing is on its way: every follower's timeline has every tweet. */
export async function fanOutPath({ stack, star, followers }: Site): Promise<Path> {
  let posted = 0;
  const timelines = new Map(followers.map((id) => [id, [] as string[]]));
  return {
    name: `fan-out to ${followers.length}`,
    baseline: 'array pushes',
    settle: () => stack.drain(),
    async ours() {
      const began = performance.now();
      for (let index = 0; index < TWEETS_A_ROUND; index += 1)
        await postTweet(stack, star, `To all of you, ${(posted += 1)}`);
      await stack.drain();
      return (TWEETS_A_ROUND * followers.length) / ((performance.now() - began) / 1000);
    },
    async theirs() {
      const began = performance.now();
      for (let index = 0; index < TWEETS_A_ROUND * BASELINE_TIMES; index += 1) {
        const id = String(1_234_567_890_123_456_789n + BigInt(index));
        for (const follower of followers) timelines.get(follower)?.push(id);
      }
      const rate = (TWEETS_A_ROUND * BASELINE_TIMES * followers.length) / ((performance.now() - began) / 1000);
      for (const timeline of timelines.values()) timeline.length = 0;
      return rate;
    },
    close: async () => undefined,
  };
}
