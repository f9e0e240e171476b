import type { Community, CommunityTweet, Engagement, Follow } from '@starling/stack/community/community.ts';
import { loadCommunity } from '@starling/stack/community/load-community.ts';
import { createRandom, heavyTailed, type Random } from '@starling/stack/community/random.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { createPlainCommunity, type PlainCommunity } from './plain-community.ts';

export type Size = { people: number; tweets: number; engagements: number; seed: number };

const DAY_MS = 24 * 60 * 60 * 1000;
const FAME_EXPONENT = 0.9;

/** A heavy-tailed community of the last two weeks, imported, and the plain image of it. */
export async function foundCommunity(
  { services, collapseWithin }: Pick<Stack, 'services' | 'collapseWithin'>,
  size: Size,
  password: string,
): Promise<PlainCommunity> {
  const community = makeCommunity(size);
  const { userIds, tweetIds, created } = await loadCommunity(community, { services, password });
  if (created.tweets !== size.tweets || created.follows !== community.follows.length)
    throw new Error('Something of the community was not imported.');

  const plain = createPlainCommunity({ collapseWithin });
  const userId = (handle: string) => userIds.get(handle) ?? '';
  const tweetId = (key: string) => tweetIds.get(key) ?? '';
  for (const { handle } of community.people) plain.join(userId(handle));
  for (const { follower, followee } of community.follows)
    plain.person(userId(follower)).following.add(userId(followee));
  for (const { key, author, atMs, replyToKey } of community.tweets) {
    const parent = replyToKey === undefined ? {} : { parentId: tweetId(replyToKey) };
    plain.post({ id: tweetId(key), authorId: userId(author), atMs, ...parent });
  }
  for (const { user, tweetKey, kind, atMs } of community.engagements) {
    if (kind === 'retweet') plain.retweet(userId(user), tweetId(tweetKey), atMs);
  }
  return plain;
}

function makeCommunity({ people, tweets, engagements, seed }: Size): Community {
  const random = createRandom(seed);
  const nowMs = Date.now();
  const handles = Array.from({ length: people }, (_, index) => `p${index}`);
  const posted = makeTweets(random, handles, { count: tweets, startMs: nowMs - 14 * DAY_MS });
  return {
    people: handles.map((handle) => ({ handle, name: handle, bio: '', createdAtMs: nowMs - 30 * DAY_MS })),
    follows: handles.flatMap((handle) => makeFollows(random, handles, handle, nowMs - 7 * DAY_MS)),
    tweets: posted,
    engagements: makeEngagements(random, handles, posted, engagements),
  };
}

function makeFollows(random: Random, handles: readonly string[], follower: string, atMs: number): Follow[] {
  const wanted = 2 + random.below(20);
  const followees = new Set(Array.from({ length: wanted }, () => pickFamous(random, handles)));
  followees.delete(follower);
  return [...followees].map((followee) => ({ follower, followee, atMs }));
}

/** At whole seconds, so that no two entries share a millisecond: see `makeEngagements`. */
function makeTweets(
  random: Random,
  handles: readonly string[],
  { count, startMs }: { count: number; startMs: number },
): CommunityTweet[] {
  const start = Math.ceil(startMs / 1000) * 1000;
  const tweets: CommunityTweet[] = [];
  for (let index = 0; index < count; index += 1) {
    const recent = tweets.slice(-60);
    const [author, key, atMs] = [pickFamous(random, handles), `t${index}`, start + index * 60_000];
    const other = recent.length > 0 && random.chance(0.45) ? random.pick(recent) : null;
    if (other === null) tweets.push({ key, author, atMs, text: `Tweet ${index}` });
    else if (random.chance(0.2)) tweets.push({ key, author, atMs, text: `Quote ${index}`, quotedKey: other.key });
    else tweets.push({ key, author, atMs, text: `Reply ${index}`, replyToKey: other.key });
  }
  return tweets;
}

/** At most 999: each has a millisecond of its own within its second. */
function makeEngagements(
  random: Random,
  handles: readonly string[],
  tweets: readonly CommunityTweet[],
  count: number,
): Engagement[] {
  const made = new Map<string, Engagement>();
  for (let index = 1; index <= count; index += 1) {
    const { key: tweetKey, atMs } = random.pick(tweets);
    const [user, kind] = [random.pick(handles), random.chance(0.5) ? 'retweet' : 'like'] as const;
    const place = `${kind} ${user} ${tweetKey}`;
    if (!made.has(place)) made.set(place, { user, tweetKey, kind, atMs: atMs + random.below(100_000) * 1000 + index });
  }
  return [...made.values()].sort((a, b) => a.atMs - b.atMs);
}

function pickFamous(random: Random, handles: readonly string[]): string {
  return handles[heavyTailed(random, handles.length, FAME_EXPONENT)] ?? '';
}
