import type { Crowd } from './crowd.ts';
import type { LoadTweet } from './ledger.ts';

/** The latest tweets, which get the attention. */
const RECENT = 30;

/** One that has not been deleted, as far as is known. */
export function someTweet(crowd: Pick<Crowd, 'ledger' | 'random'>): LoadTweet | null {
  const live = recentTweets(crowd, RECENT).filter(({ deletion }) => !deletion.holds);
  return live.length === 0 ? null : crowd.random.pick(live);
}

export function recentTweets({ ledger }: Pick<Crowd, 'ledger'>, count: number): LoadTweet[] {
  return [...ledger.tweets.values()].slice(-count);
}
