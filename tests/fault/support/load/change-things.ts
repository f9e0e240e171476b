import type { Id } from '@starling/domain/ids.ts';
import type { Crowd, LoadPerson } from './crowd.ts';
import type { Fact } from './ledger.ts';
import { CHANGES } from './operations.ts';
import { noteRefusal } from './refusals.ts';
import { recentTweets, someTweet } from './some-tweet.ts';
import { makeSo } from './write-safely.ts';

export async function retweet(crowd: Crowd, person: LoadPerson): Promise<void> {
  const tweet = someTweet(crowd);
  if (!tweet) return;
  const made = crowd.ledger.retweet(person.id, tweet);
  // Once for each tweet: a second one after an undone one would be told apart by nothing.
  if (made.answeredMs !== Infinity || made.fact.isFrozen) return;
  made.sentMs = Date.now();
  await change(crowd, person, { verb: 'retweet', fact: made.fact, holds: true, input: { tweetId: tweet.id } });
  made.answeredMs = Date.now();
}

export async function undoRetweet(crowd: Crowd, person: LoadPerson): Promise<void> {
  const mine = crowd.ledger
    .retweets()
    .filter(({ userId, fact }) => userId === person.id && fact.holds && isSettled(fact));
  const made = mine.at(-1);
  if (!made) return;
  await change(crowd, person, {
    verb: 'undoRetweet',
    fact: made.fact,
    holds: false,
    input: { tweetId: made.tweet.id },
  });
}

export async function deleteTweet(crowd: Crowd, person: LoadPerson): Promise<void> {
  const mine = recentTweets(crowd, 200).filter(({ authorId, deletion }) => authorId === person.id && !deletion.holds);
  if (mine.length === 0) return;
  const { id, deletion } = crowd.random.pick(mine);
  await change(crowd, person, { verb: 'deleteTweet', fact: deletion, holds: true, input: { tweetId: id } });
}

export async function follow(crowd: Crowd, person: LoadPerson): Promise<void> {
  await relate(crowd, person, 'follow', (other) => !crowd.ledger.follow(person.id, other.id).holds);
}

export async function unfollow(crowd: Crowd, person: LoadPerson): Promise<void> {
  await relate(crowd, person, 'unfollow', (other) => crowd.ledger.follow(person.id, other.id).holds);
}

export async function block(crowd: Crowd, person: LoadPerson): Promise<void> {
  await relate(crowd, person, 'block', (other) => !crowd.ledger.block(person.id, other.id).holds);
}

async function relate(
  crowd: Crowd,
  person: LoadPerson,
  verb: 'follow' | 'unfollow' | 'block',
  mayBe: (other: LoadPerson) => boolean,
): Promise<void> {
  const factOf = verb === 'block' ? crowd.ledger.block : crowd.ledger.follow;
  const others = crowd.people.filter((other) => {
    if (other === person || isBlockedBetween(crowd, person.id, other.id)) return false;
    return isSettled(factOf(person.id, other.id)) && mayBe(other);
  });
  if (others.length === 0) return;
  const { id } = crowd.random.pick(others);
  await change(crowd, person, {
    verb,
    fact: factOf(person.id, id),
    holds: verb !== 'unfollow',
    input: { userId: id },
  });
}

type Change = { verb: keyof typeof CHANGES; fact: Fact; holds: boolean; input: Record<string, string> };

function change(crowd: Crowd, { client }: LoadPerson, { verb, fact, holds, input }: Change): Promise<void> {
  return makeSo(fact, holds, async () => {
    const reply = await client.ask<Record<string, { userErrors: { code: string }[] }>>(CHANGES[verb], { input });
    if (reply.outcome === 'failed') return 'unknown';
    const { userErrors = [] } = reply.data[verb] ?? {};
    if (userErrors.length > 0) return noteRefusal(crowd, verb, userErrors);
    crowd.tally.acknowledged();
    return 'done';
  });
}

function isSettled({ isCertain, isFrozen }: Fact): boolean {
  return isCertain && !isFrozen;
}

function isBlockedBetween({ ledger }: Crowd, one: Id, other: Id): boolean {
  return ledger.block(one, other).holds || ledger.block(other, one).holds;
}
