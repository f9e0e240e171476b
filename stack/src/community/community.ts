/** A community to load in bulk. People are named by handle, tweets by a key of their own, so that loading can be repeated. */
export type Community = {
  people: readonly Person[];
  follows: readonly Follow[];
  /** Oldest first: what answers another comes after it. */
  tweets: readonly CommunityTweet[];
  engagements: readonly Engagement[];
};

export type Person = { handle: string; name: string; bio: string; createdAtMs: number };
export type Follow = { follower: string; followee: string; atMs: number };
export type CommunityTweet = {
  key: string;
  author: string;
  text: string;
  atMs: number;
  replyToKey?: string;
  quotedKey?: string;
};
export type Engagement = { user: string; tweetKey: string; kind: 'like' | 'retweet'; atMs: number };
