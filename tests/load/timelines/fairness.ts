import { setTimeout as delay } from 'node:timers/promises';
import type { Id } from '@starling/domain/ids.ts';
import type { Comparison } from './comparison.ts';
import type { Audience, FairnessSite } from './fairness-site.ts';
import { listenForEntries } from './hearing.ts';
import { createMint } from './lists.ts';
import { percentile } from './percentile.ts';
import { recordOfTweet } from './record-of.ts';

/** Ordinary tweets come so often, whatever else there is to do. */
const EVERY_MS = 10;
/** Some eight seconds of either, for a 99th of 100 that is not three unlucky ones. */
const IDLE_MS = 8_000;
const BIG_PUSHES = 12;

/** How long ordinary tweets wait for a big push, and what that push takes beside as many deliveries of ordinary ones. */
export async function fairnessComparisons(
  site: FairnessSite,
  audience: Audience,
  where: string,
): Promise<Comparison[]> {
  const load = await openLoad(site, audience);
  const count = audience.followers.length;
  return [
    {
      name: `record to list, p99, while ${count} are pushed to, ${where}`,
      baseline: 'idle',
      unit: 'ms',
      aim: { atMost: 1.5 },
      ours: () => load.p99While(async () => load.bigPushes(BIG_PUSHES)),
      theirs: () => load.p99While(() => delay(IDLE_MS)),
      settle: () => site.drain(),
      close: async () => undefined,
    },
    {
      name: `a push to ${count}, ${where}`,
      baseline: 'as many deliveries of ordinary tweets',
      unit: 'ms',
      aim: { atMost: 1.2 },
      ours: () => load.bigPushes(1),
      theirs: () => load.ordinaryPushes(),
      settle: () => site.drain(),
      close: () => load.close(),
    },
  ];
}

/** Milliseconds each. */
type Load = {
  p99While(work: () => Promise<unknown>): Promise<number>;
  /** One after the other. */
  bigPushes(count: number): Promise<number>;
  /** One of each author, all at once. */
  ordinaryPushes(): Promise<number>;
  close(): Promise<void>;
};

async function openLoad(site: FairnessSite, { star, authors }: Audience): Promise<Load> {
  const lastFollowers = authors.map(({ lastFollowerId }) => lastFollowerId);
  const hearing = await listenForEntries(site.pubsub, lastFollowers);
  const mint = createMint(Date.now());
  let turn = 0;
  const nextAuthor = () => authors[turn++ % authors.length] ?? { authorId: '', lastFollowerId: '' };
  const publish = (entries: readonly { tweetId: Id; authorId: Id }[]) => site.log.publish(entries.map(recordOfTweet));

  /** From when the log has the record until it is in the list of the author's last follower. */
  async function ordinaryTweet(): Promise<number> {
    const { authorId, lastFollowerId } = nextAuthor();
    const tweetId = mint();
    const heard = hearing.entry(tweetId, [lastFollowerId]);
    await publish([{ tweetId, authorId }]);
    const began = performance.now();
    return (await heard) - began;
  }
  async function bigPush(): Promise<void> {
    const tweetId = mint();
    const heard = hearing.entry(tweetId, lastFollowers);
    await publish([{ tweetId, authorId: star }]);
    await heard;
  }
  return {
    p99While: (work) => p99OfSteady(ordinaryTweet, work),
    bigPushes: (count) =>
      timed(async () => {
        for (let pushed = 0; pushed < count; pushed += 1) await bigPush();
      }),
    ordinaryPushes: () =>
      timed(async () => {
        const entries = authors.map((author) => ({ ...author, tweetId: mint() }));
        const heard = entries.map(({ tweetId, lastFollowerId }) => hearing.entry(tweetId, [lastFollowerId]));
        await publish(entries);
        await Promise.all(heard);
      }),
    close: () => hearing.close(),
  };
}

async function p99OfSteady(once: () => Promise<number>, work: () => Promise<unknown>): Promise<number> {
  const waits: Promise<number>[] = [];
  const clock = setInterval(() => waits.push(once()), EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(clock);
  }
  return percentile(await Promise.all(waits), 99);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
