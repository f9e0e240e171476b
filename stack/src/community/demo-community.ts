import type { Community, CommunityTweet, Engagement, Follow, Person } from './community.ts';
import { BIOS, FIRST_NAMES, LAST_NAMES, QUOTES, REPLIES, SUBJECTS } from './phrases.ts';
import { createRandom, heavyTailed, type Random } from './random.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const PEOPLE = 200;
const TWEETS = 1_400;
const FOLLOWS_EACH = 18;
const ENGAGEMENTS = 6_000;
/** How steeply attention falls from the best-known person to the least: about Zipf's law. */
const FAME_EXPONENT = 0.9;

/** About 200 people with heavy-tailed follows, and two weeks of their conversations, until `nowMs`. */
export function demoCommunity({ nowMs, seed = 7 }: { nowMs: number; seed?: number }): Community {
  const random = createRandom(seed);
  const people = makePeople(random, nowMs);
  const tweets = makeTweets(random, people, nowMs);
  return {
    people,
    follows: makeFollows(random, people, nowMs),
    tweets,
    engagements: makeEngagements(random, people, tweets, nowMs),
  };
}

function makePeople(random: Random, nowMs: number): Person[] {
  return Array.from({ length: PEOPLE }, (_, index) => {
    const first = FIRST_NAMES[index % FIRST_NAMES.length] ?? 'Ada';
    const last = random.pick(LAST_NAMES);
    const round = Math.floor(index / FIRST_NAMES.length);
    return {
      handle: round === 0 ? first.toLowerCase() : `${first}_${last}`.toLowerCase().slice(0, 13) + String(round),
      name: `${first} ${last}`,
      bio: random.pick(BIOS),
      createdAtMs: nowMs - 15 * DAY_MS - random.below(900) * DAY_MS,
    };
  });
}

function makeFollows(random: Random, people: readonly Person[], nowMs: number): Follow[] {
  return people.flatMap((follower) => {
    const followees = new Set<string>();
    const wanted = 4 + random.below(2 * FOLLOWS_EACH);
    for (let tries = 0; followees.size < wanted && tries < 10 * wanted; tries += 1) {
      const { handle } = at(people, heavyTailed(random, people.length, FAME_EXPONENT));
      if (handle !== follower.handle) followees.add(handle);
    }
    return [...followees].map((followee) => ({
      follower: follower.handle,
      followee,
      atMs: nowMs - random.below(14 * DAY_MS),
    }));
  });
}

function makeTweets(random: Random, people: readonly Person[], nowMs: number): CommunityTweet[] {
  const step = (14 * DAY_MS) / TWEETS;
  const tweets: CommunityTweet[] = [];
  for (let index = 0; index < TWEETS; index += 1) {
    const author = at(people, heavyTailed(random, people.length, FAME_EXPONENT)).handle;
    const atMs = Math.floor(nowMs - 14 * DAY_MS + (index + random.fraction()) * step);
    tweets.push({ key: `demo:${index}`, author, atMs, ...makeContent(random, tweets) });
  }
  return tweets;
}

function makeContent(
  random: Random,
  earlier: readonly CommunityTweet[],
): Pick<CommunityTweet, 'text' | 'replyToKey' | 'quotedKey'> {
  const recent = earlier.slice(-120);
  if (recent.length > 0 && random.chance(0.4)) {
    const parent = random.pick(recent);
    return { text: `@${parent.author} ${random.pick(REPLIES)}`, replyToKey: parent.key };
  }
  if (recent.length > 0 && random.chance(0.06))
    return { text: random.pick(QUOTES), quotedKey: random.pick(recent).key };
  const { hashtag, sentences } = at(SUBJECTS, heavyTailed(random, SUBJECTS.length, 0.8));
  const sentence = random.pick<string>(sentences);
  return { text: random.chance(0.6) ? `${sentence} #${hashtag}` : sentence };
}

function makeEngagements(
  random: Random,
  people: readonly Person[],
  tweets: readonly CommunityTweet[],
  nowMs: number,
): Engagement[] {
  const made = new Map<string, Engagement>();
  for (let index = 0; index < ENGAGEMENTS; index += 1) {
    const tweet = random.pick(tweets);
    const user = random.pick(people).handle;
    const kind = random.chance(0.12) ? 'retweet' : 'like';
    if (kind === 'retweet' && user === tweet.author) continue;
    const atMs = Math.min(nowMs - 1_000, tweet.atMs + 1_000 + random.below(DAY_MS));
    made.set(`${kind} ${user} ${tweet.key}`, { user, tweetKey: tweet.key, kind, atMs });
  }
  return [...made.values()].sort((a, b) => a.atMs - b.atMs);
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`There is no item ${index}.`);
  return item;
}
