import type { Id } from '@starling/domain/ids.ts';
import {
  decide,
  type AuthorFacts,
  type Decision,
  type Reason,
  type Relation,
  type Surface,
} from '@starling/domain/visibility.ts';
import type { Tweet } from './tweet.ts';

/** A tweet as a viewer may see it: the tweet, or its place and why it is empty. */
export type View =
  | { id: Id; isShown: true; tweet: Tweet; author: AuthorFacts }
  | { id: Id; isShown: false; verdict: 'tombstone' | 'drop'; reason: Reason };

export type Viewing = {
  viewerId: Id | null;
  loaders: { author: Loads<AuthorFacts>; relation: Loads<Relation> };
};
type Loads<Value> = { load(id: Id): Promise<Value> };

/** Every way to a tweet leads through here. In the order of `tweets`; facts and relations are asked for in bulk. */
export async function presentTweets(viewing: Viewing, tweets: readonly Tweet[], surface: Surface): Promise<View[]> {
  return Promise.all(tweets.map((tweet) => presentTweet(viewing, tweet, surface)));
}

async function presentTweet({ viewerId, loaders }: Viewing, tweet: Tweet, surface: Surface): Promise<View> {
  const [author, relation] = await Promise.all([
    loaders.author.load(tweet.authorId),
    loaders.relation.load(tweet.authorId),
  ]);
  const decision = decide(viewerId, { author, relation, tweetState: tweet.state }, surface);
  if (decision.verdict === 'show') return { id: tweet.id, isShown: true, tweet, author };
  return { id: tweet.id, isShown: false, ...decision };
}

/** Those of the people who may stand in a list that this viewer reads. */
export async function showablePeople({ viewerId, loaders }: Viewing, ids: readonly Id[]): Promise<Set<Id>> {
  const decisions = await Promise.all(
    ids.map(async (id): Promise<[Id, Decision]> => {
      const [author, relation] = await Promise.all([loaders.author.load(id), loaders.relation.load(id)]);
      return [id, decide(viewerId, { author, relation }, 'people')];
    }),
  );
  return new Set(decisions.filter(([, { verdict }]) => verdict === 'show').map(([id]) => id));
}
