import { expect } from 'vitest';
import type { Decision, Surface } from '@starling/domain/visibility.ts';
import type { Door } from '../support/client.ts';
import { leaksOf, WHOLE_TWEET, type WholeTweet } from '../support/whole-tweet.ts';
import type { Scene } from './cast.ts';

type Node<Content> = { edges: { node: Content }[] };

/** Every way to a tweet, and what comes of it. */
export const TWEET_PATHS: readonly {
  path: string;
  surface: Surface;
  /** For those who are logged in alone. */
  needsLogin?: true;
  find(scene: Scene, door: Door): Promise<string>;
}[] = [
  {
    path: 'tweet',
    surface: 'direct',
    find: async ({ tweetId }, door) => {
      const { tweet } = await door.get<{ tweet: WholeTweet }>(
        `query ($id: ID!) { tweet(id: $id) { ${WHOLE_TWEET} } }`,
        {
          id: tweetId,
        },
      );
      return outcomeOfTweet(tweet);
    },
  },
  {
    path: 'tweets',
    surface: 'direct',
    find: async ({ tweetId, cast }, door) => {
      const { tweets } = await door.get<{ tweets: WholeTweet[] }>(
        `query ($ids: [ID!]!) { tweets(ids: $ids) { ${WHOLE_TWEET} } }`,
        { ids: [cast.stageId, tweetId] },
      );
      return outcomeOfTweet(tweets[1]);
    },
  },
  {
    path: 'quoted',
    surface: 'direct',
    find: async ({ quoteId }, door) => {
      const { tweet } = await door.get<{ tweet: { quoted: WholeTweet } }>(
        `query ($id: ID!) { tweet(id: $id) { quoted { ${WHOLE_TWEET} } } }`,
        { id: quoteId },
      );
      return outcomeOfTweet(tweet.quoted);
    },
  },
  {
    path: 'inReplyTo',
    surface: 'direct',
    find: async ({ replyId }, door) => {
      const { tweet } = await door.get<{ tweet: { inReplyTo: WholeTweet } }>(
        `query ($id: ID!) { tweet(id: $id) { inReplyTo { ${WHOLE_TWEET} } } }`,
        { id: replyId },
      );
      return outcomeOfTweet(tweet.inReplyTo);
    },
  },
  {
    path: 'conversation: ancestors',
    surface: 'conversation',
    find: async ({ replyId }, door) => {
      const { conversation } = await door.get<{ conversation: { ancestors: WholeTweet[] } }>(
        `query ($id: ID!) { conversation(tweetId: $id) { ancestors { ${WHOLE_TWEET} } } }`,
        { id: replyId },
      );
      return outcomeOfTweet(conversation.ancestors[0]);
    },
  },
  {
    path: 'User.tweets',
    surface: 'profile',
    find: async ({ author, tweetId }, door) => {
      const { user } = await door.get<{ user: { tweets: Node<WholeTweet> | null } | null }>(
        `query ($id: ID!) { user(id: $id) { tweets(first: 50) { edges { node { ${WHOLE_TWEET} } } } } }`,
        { id: author.id },
      );
      return outcomeOfTweet(user?.tweets?.edges.find(({ node }) => node.id === tweetId)?.node);
    },
  },
  {
    path: 'User.tweets of the retweeter',
    surface: 'profile',
    find: async ({ tweetId, cast }, door) => {
      const { user } = await door.get<{ user: { tweets: Node<WholeTweet> } }>(
        `query ($id: ID!) { user(id: $id) { tweets(first: 100) { edges { node { ${WHOLE_TWEET} } } } } }`,
        { id: cast.bystander.id },
      );
      return outcomeOfTweet(user.tweets.edges.find(({ node }) => node.id === tweetId)?.node);
    },
  },
  {
    path: 'searchTweets',
    surface: 'search',
    find: async ({ case: { handle }, tweetId }, door) => {
      const { searchTweets } = await door.get<{ searchTweets: Node<WholeTweet> }>(
        `query ($query: String!) { searchTweets(query: $query, first: 10) { edges { node { ${WHOLE_TWEET} } } } }`,
        { query: `${handle}word` },
      );
      return outcomeOfTweet(searchTweets.edges.find(({ node }) => node.id === tweetId)?.node);
    },
  },
  {
    path: 'whyNotInMyTimeline',
    surface: 'direct',
    needsLogin: true,
    find: async ({ tweetId }, door) => {
      const { whyNotInMyTimeline } = await door.get<{ whyNotInMyTimeline: { absences: Absence[] } }>(
        `query ($id: ID!) { whyNotInMyTimeline(tweetId: $id) { absences { cause actor { id } waitingMs since } } }`,
        { id: tweetId },
      );
      return outcomeOfAbsences(whyNotInMyTimeline.absences);
    },
  },
];

type Absence = { cause: string; actor: { id: string } | null } & Record<string, unknown>;

/** Of a tweet that may not be opened there is one absence, which tells its cause alone. */
function outcomeOfAbsences(absences: readonly Absence[]): string {
  const hiding = absences.find(({ actor }) => actor === null);
  if (!hiding) return 'show';
  const { cause, ...rest } = hiding;
  const isAlone = absences.length === 1 && Object.values(rest).every((value) => value === null);
  return isAlone ? `tombstone: ${cause}` : 'tombstone with more than its cause';
}

export async function repliesTo(id: string, door: Door, through: 'replies' | 'conversation'): Promise<WholeTweet[]> {
  const page = `replies(first: 50) { edges { node { ${WHOLE_TWEET} } } }`;
  const query = {
    replies: `of: tweet(id: $id) { ${page} }`,
    conversation: `of: conversation(tweetId: $id) { ${page} }`,
  };
  const { of } = await door.get<{ of: { replies: Node<WholeTweet> } }>(`query ($id: ID!) { ${query[through]} }`, {
    id,
  });
  return of.replies.edges.map(({ node }) => node);
}

const PEOPLE = `query ($id: ID!, $handle: String!, $stageId: ID!, $bystanderId: ID!, $mentionId: ID!) {
  user(id: $id) { id followers(first: 1) { edges { cursor } } following(first: 1) { edges { cursor } } }
  mention: tweet(id: $mentionId) { entities { user { id handle } } }
  searchUsers(query: $handle, first: 5) { edges { node { id } } }
  suggest(prefix: $handle) { ... on UserSuggestion { user { id } } }
  tweet(id: $stageId) { likedBy(first: 50) { edges { node { id } } } retweetedBy(first: 50) { edges { node { id } } } }
  bystander: user(id: $bystanderId) {
    followers(first: 50) { edges { node { id handle } } }
    following(first: 50) { edges { node { id handle } } }
  }
}`;
type People = Node<{ id: string }>;

export async function peopleSeen({ case: { handle }, author: { id }, cast, mentionId }: Scene, door: Door) {
  const seen = await door.get<{
    user: { followers: object | null; following: object | null } | null;
    mention: { entities: { user: { id: string } | null }[] };
    searchUsers: People;
    suggest: { user?: { id: string } }[];
    tweet: { likedBy: People; retweetedBy: People };
    bystander: { followers: People; following: People };
  }>(PEOPLE, { id, handle, stageId: cast.stageId, bystanderId: cast.bystander.id, mentionId });
  const holds = ({ edges }: People) => edges.some(({ node }) => node.id === id);
  const { user } = seen;
  expect((user?.followers ?? null) === null).toBe((user?.following ?? null) === null);
  return {
    user: user !== null,
    mentioned: seen.mention.entities.some(({ user }) => user?.id === id),
    searchUsers: holds(seen.searchUsers),
    suggest: seen.suggest.some(({ user }) => user?.id === id),
    likedBy: holds(seen.tweet.likedBy),
    retweetedBy: holds(seen.tweet.retweetedBy),
    followers: holds(seen.bystander.followers),
    following: holds(seen.bystander.following),
    ownLists: (user?.followers ?? null) !== null,
  };
}

export async function homeOf(door: Door, order: 'LATEST' | 'RANKED') {
  const { homeTimeline } = await door.get<{
    homeTimeline: { edges: { node: WholeTweet; retweetedBy: { id: string } | null }[] };
  }>(`{ homeTimeline(first: 100, order: ${order}) { edges { node { ${WHOLE_TWEET} } retweetedBy { id } } } }`);
  return homeTimeline.edges;
}

export function outcomeOf(decision: Decision): string {
  return decision.verdict === 'tombstone' ? `tombstone: ${decision.reason}` : decision.verdict;
}

/** A tombstone that tells anything at all is called by what it tells. */
export function outcomeOfTweet(tweet: WholeTweet | null | undefined): string {
  if (!tweet) return 'drop';
  if (tweet.unavailable === null) return 'show';
  const leaks = leaksOf(tweet);
  return leaks.length > 0 ? `tombstone with ${leaks.join(', ')}` : `tombstone: ${tweet.unavailable.reason}`;
}
