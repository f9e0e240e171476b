import { setTimeout as pause } from 'node:timers/promises';
import type { Id } from '@starling/domain/ids.ts';
import type { Crowd, LoadPerson } from './crowd.ts';
import { noteTweet, type PostInput, type UnknownPost } from './ledger.ts';
import { POST } from './operations.ts';
import { noteRefusal } from './refusals.ts';
import { someTweet } from './some-tweet.ts';
import { PATIENT, type Asked } from './write-safely.ts';

/** Words of the load's tweets, for searches. */
export const WORDS = ['amber', 'birch', 'cobalt', 'dahlia', 'ember'] as const;

const MAY_BE_REPEATED = 0.8;

export async function post(crowd: Crowd, person: LoadPerson): Promise<void> {
  await send(crowd, person, { authorId: person.id, parentAuthorId: null, input: newInput(crowd, person) });
}

export async function reply(crowd: Crowd, person: LoadPerson): Promise<void> {
  const parent = someTweet(crowd);
  if (!parent) return;
  const input = { ...newInput(crowd, person), replyToId: parent.id };
  await send(crowd, person, { authorId: person.id, parentAuthorId: parent.authorId, input });
}

/** No two have the same text. Most have a key to try again with; the others are tried once. */
function newInput({ random, ledger }: Crowd, { handle }: LoadPerson): PostInput {
  const text = `${random.pick(WORDS)} ${ledger.serial()} by ${handle}`;
  return random.chance(MAY_BE_REPEATED) ? { text, idempotencyKey: text } : { text };
}

async function send(crowd: Crowd, person: LoadPerson, wanted: UnknownPost): Promise<void> {
  crowd.ledger.unknownPosts.add(wanted);
  const tries = wanted.input.idempotencyKey === undefined ? 1 : PATIENT.tries;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) await pause(PATIENT.pauseMs * 2 ** attempt);
    const asked = await sendOnce(crowd, person, wanted);
    if (asked === 'done' || (asked === 'refused' && attempt === 0)) crowd.ledger.unknownPosts.delete(wanted);
    if (asked !== 'unknown') return;
  }
}

type Posted = { postTweet: { tweet: { id: Id } | null; userErrors: { code: string }[] } };

/** Notes the tweet if it is answered. */
export async function sendOnce(crowd: Crowd, { client }: LoadPerson, wanted: UnknownPost): Promise<Asked> {
  const reply = await client.ask<Posted>(POST, { input: wanted.input });
  if (reply.outcome === 'failed') return 'unknown';
  const { tweet, userErrors } = reply.data.postTweet;
  if (!tweet) return noteRefusal(crowd, 'postTweet', userErrors);
  noteTweet(crowd.ledger, wanted, tweet.id);
  crowd.tally.acknowledged();
  return 'done';
}
