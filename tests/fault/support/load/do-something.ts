import { block, deleteTweet, follow, retweet, undoRetweet, unfollow } from './change-things.ts';
import type { Crowd, LoadPerson } from './crowd.ts';
import { post, reply } from './post-tweets.ts';
import { readHome, readProfile, readSearch } from './read-pages.ts';

type Doing = (crowd: Crowd, person: LoadPerson) => Promise<void>;

const DOINGS: readonly [weight: number, doing: Doing][] = [
  [30, post],
  [10, reply],
  [10, retweet],
  [3, undoRetweet],
  [6, deleteTweet],
  [8, follow],
  [5, unfollow],
  [0.3, block],
  [15, readHome],
  [4, readProfile],
  [4, readSearch],
];
const TOTAL = DOINGS.reduce((sum, [weight]) => sum + weight, 0);

/** One thing that a person does, by chance; what came of it stands in the ledger. */
export function doSomething(crowd: Crowd, person: LoadPerson): Promise<void> {
  let left = crowd.random.fraction() * TOTAL;
  const [, doing] = DOINGS.find(([weight]) => (left -= weight) < 0) ?? [0, post];
  return doing(crowd, person);
}
