import type { Stack } from '@starling/stack/start-stack.ts';

export type ReconcileOptions = {
  signal: AbortSignal;
  onProgress(step: string, done: number, total: number): void;
};

const TOLD = 20;

/** Follower counts first, then what tweets count. Answers lines: how many were wrong, and the first of them. */
export async function reconcileCounters(
  { operators }: Pick<Stack, 'operators'>,
  { signal, onProgress }: ReconcileOptions,
): Promise<string[]> {
  const tally = (step: string) => {
    let counted = 0;
    return {
      onProgress(done: number, total: number) {
        signal.throwIfAborted();
        counted = done;
        onProgress(step, done, total);
      },
      counted: () => counted,
    };
  };
  const [people, tweets] = [tally('people'), tally('tweets')];
  const wrongPeople = await operators.reconcilePeople(people);
  const wrongTweets = await operators.reconcileTweets(tweets);
  return [
    `${wrongPeople.length} of ${people.counted()} people had wrong counters${end(wrongPeople)}`,
    ...firstOf(wrongPeople, ({ userId, before, after }) => {
      const followers = `${before.followerCount} -> ${after.followerCount} followers`;
      return `${userId}: ${followers}, ${before.followingCount} -> ${after.followingCount} following`;
    }),
    `${wrongTweets.length} of ${tweets.counted()} tweets had wrong counters${end(wrongTweets)}`,
    ...firstOf(wrongTweets, ({ tweetId }) => tweetId),
  ];
}

function end(repairs: readonly unknown[]): string {
  return repairs.length === 0 ? '.' : '; they are right now.';
}

function firstOf<Repair>(repairs: readonly Repair[], describe: (repair: Repair) => string): string[] {
  const told = repairs.slice(0, TOLD).map((repair) => `  ${describe(repair)}`);
  return repairs.length > TOLD ? [...told, `  and ${repairs.length - TOLD} more`] : told;
}
