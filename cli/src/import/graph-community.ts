import type { Community, CommunityTweet, Follow, Person } from '@starling/stack/community/community.ts';
import { createRandom, type Random } from '@starling/stack/community/random.ts';
import { handleOf } from './handles.ts';
import type { Edge } from './read-edge-list.ts';

export type GraphCommunityOptions = {
  edges: readonly Edge[];
  /** Follows only from the first to the second of an edge; else both ways. */
  directed: boolean;
  tweetsEach: number;
  seed: number;
  nowMs: number;
};

const DAY_MS = 24 * 60 * 60 * 1000;
const SPAN_MS = 14 * DAY_MS;
const REPLY_SHARE = 0.25;

/**
 * People `u<id>` of a graph, their follows, and `tweetsEach` tweets of each over the last two weeks, a quarter of them
 * replies to somebody the author knows. A tweet is named by seed, author and number, so an import can be repeated.
 */
export function graphCommunity(options: GraphCommunityOptions): Community {
  const names = [...new Set(options.edges.flat())];
  const people = names.map((name): Person => ({
    handle: handleOf(name),
    name: `Person ${name}`,
    bio: '',
    createdAtMs: options.nowMs - 2 * SPAN_MS,
  }));
  return { people, follows: makeFollows(options), tweets: makeTweets(names, options), engagements: [] };
}

function makeFollows({ edges, directed, nowMs }: GraphCommunityOptions): Follow[] {
  const atMs = nowMs - SPAN_MS;
  const follows = new Map<string, Follow>();
  const add = (follower: string, followee: string) =>
    follows.set(`${follower} ${followee}`, { follower: handleOf(follower), followee: handleOf(followee), atMs });
  for (const [from, to] of edges) {
    add(from, to);
    if (!directed) add(to, from);
  }
  return [...follows.values()];
}

function makeTweets(names: readonly string[], options: GraphCommunityOptions): CommunityTweet[] {
  const random = createRandom(options.seed);
  const neighbours = neighboursOf(options.edges);
  const authors = shuffledRounds(random, names, options.tweetsEach);
  const newest = new Map<string, CommunityTweet>();
  const tweets: CommunityTweet[] = [];
  for (const [index, name] of authors.entries()) {
    const tweet: CommunityTweet = {
      key: `graph:${options.seed}:${name}:${Math.floor(index / names.length)}`,
      author: handleOf(name),
      atMs: Math.floor(options.nowMs - SPAN_MS + (SPAN_MS * index) / authors.length),
      ...makeContent(random, index, newest.get(random.pick(neighbours.get(name) ?? [name]))),
    };
    newest.set(name, tweet);
    tweets.push(tweet);
  }
  return tweets;
}

/** Everybody's name once a round, each round in an order of its own. */
function shuffledRounds(random: Random, names: readonly string[], rounds: number): string[] {
  return Array.from({ length: rounds }, () => {
    const keyed = names.map((name) => [random.fraction(), name] as const);
    return keyed.sort(([a], [b]) => a - b).map(([, name]) => name);
  }).flat();
}

function makeContent(
  random: Random,
  index: number,
  other: CommunityTweet | undefined,
): Pick<CommunityTweet, 'text' | 'replyToKey'> {
  if (other !== undefined && random.chance(REPLY_SHARE)) {
    return { text: `@${other.author} I read your tweet, and this is answer ${index}.`, replyToKey: other.key };
  }
  return { text: `Tweet ${index} of this graph, about #topic${random.below(50)}.` };
}

function neighboursOf(edges: readonly Edge[]): Map<string, string[]> {
  const neighbours = new Map<string, string[]>();
  const add = (name: string, other: string) => {
    const held = neighbours.get(name);
    if (held) held.push(other);
    else neighbours.set(name, [other]);
  };
  for (const [from, to] of edges) {
    add(from, to);
    add(to, from);
  }
  return neighbours;
}
