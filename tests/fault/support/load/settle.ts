import { expect, vi } from 'vitest';
import type { Crowd, LoadPerson } from './crowd.ts';
import { newFact, noteTweet, type UnknownPost } from './ledger.ts';
import { STANDING, TWEETS } from './operations.ts';
import { sendOnce } from './post-tweets.ts';
import { readProfileOf } from './read-whole.ts';

/**
 * Finds out what has become of whatever got no answer: either way is right, and from then on it is a fact like others.
 * A post with a key is asked for once more. To be called when everything works again.
 */
export async function settle(crowd: Crowd): Promise<void> {
  for (const wanted of crowd.ledger.unknownPosts) await settlePost(crowd, wanted);
  crowd.ledger.unknownPosts.clear();
  await settleRelations(crowd);
  await settleRetweets(crowd);
  await settleDeletions(crowd);
}

async function settlePost(crowd: Crowd, wanted: UnknownPost): Promise<void> {
  const author = personOf(crowd, wanted.authorId);
  if (wanted.input.idempotencyKey !== undefined) {
    await vi.waitFor(async () => expect(await sendOnce(crowd, author, wanted)).not.toBe('unknown'), WAIT);
    return;
  }
  const entries = await vi.waitFor(() => readProfileOf(crowd.auditor, author.id, true), WAIT);
  const made = entries.filter(({ text, isRetweet }) => !isRetweet && text === wanted.input.text);
  expect(made.length, `"${wanted.input.text}" was asked for once`).toBeLessThanOrEqual(1);
  for (const { id } of made) noteTweet(crowd.ledger, wanted, id);
}

async function settleRelations({ ledger, people }: Crowd): Promise<void> {
  for (const { kind, actorId, targetId, fact } of ledger.relations()) {
    if (fact.isCertain) continue;
    const actor = people.find(({ id }) => id === actorId);
    const { users } = await vi.waitFor(
      () => actor?.client.get<{ users: Standing[] }>(STANDING, { ids: [targetId] }) ?? { users: [] },
      WAIT,
    );
    const holds = kind === 'follow' ? users[0]?.viewerFollows : users[0]?.viewerBlocks;
    expect(holds, `how ${actorId} stands to ${targetId}`).toBeTypeOf('boolean');
    Object.assign(fact, { ...newFact(), holds });
  }
}

type Standing = { viewerFollows: boolean | null; viewerBlocks: boolean | null };

async function settleRetweets(crowd: Crowd): Promise<void> {
  for (const retweet of crowd.ledger.retweets()) {
    if (retweet.fact.isCertain) continue;
    const entries = await vi.waitFor(() => readProfileOf(crowd.auditor, retweet.userId, true), WAIT);
    const holds = entries.some(({ id, isRetweet }) => isRetweet && id === retweet.tweet.id);
    // Frozen, so that nobody does it a second time.
    Object.assign(retweet.fact, { holds, isCertain: true, isFrozen: true });
    retweet.answeredMs = Date.now();
  }
}

async function settleDeletions(crowd: Crowd): Promise<void> {
  for (const { id, authorId, deletion } of crowd.ledger.tweets.values()) {
    if (deletion.isCertain) continue;
    const author = personOf(crowd, authorId);
    const { tweets } = await vi.waitFor(
      () => author.client.get<{ tweets: { unavailable: { reason: string } | null }[] }>(TWEETS, { ids: [id] }),
      WAIT,
    );
    Object.assign(deletion, { ...newFact(), holds: tweets[0]?.unavailable?.reason === 'DELETED' });
  }
}

const WAIT = { timeout: 30_000, interval: 200 };

function personOf({ people }: Crowd, id: string): LoadPerson {
  const person = people.find((one) => one.id === id);
  if (!person) throw new Error(`Nobody has the id ${id}.`);
  return person;
}
