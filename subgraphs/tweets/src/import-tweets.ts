import { firstIdAt } from '@starling/domain/ids.ts';
import { checkTweetText } from '@starling/domain/tweet-text.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { ImportedTweet, ImportTweetsResponse } from '@starling/schema/generated/rpc/tweets.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import { checkIds } from './get-entries.ts';
import { resolveAllEntities } from './resolve-entities.ts';
import type { PastTweet } from './store/import-tweets.ts';
import type { Store } from './store.ts';

export type ImportTweetsDeps = {
  store: Pick<Store, 'storePastTweets'>;
  users: Pick<Users<CallContext>, 'getUsersByHandle'>;
  now(): number;
};

const MAX_TWEETS = 1_000;

/** Posts tweets of the past in bulk. Keys that an import has used before answer with their tweet. Throws BAD_USER_INPUT and stores nothing. */
export async function importTweets(
  { store, users, now }: ImportTweetsDeps,
  call: CallContext,
  requested: readonly ImportedTweet[],
): Promise<ImportTweetsResponse> {
  if (requested.length > MAX_TWEETS) throw new StarlingError('BAD_USER_INPUT', `At most ${MAX_TWEETS} tweets`);
  checkIds(
    requested.map(({ authorId }) => authorId),
    MAX_TWEETS,
  );
  const distinct = [...Map.groupBy(requested, ({ key }) => key).values()].flatMap(([first]) => first ?? []);
  const texts = distinct.map((one) => checkOne(one, now()));
  const entities = await resolveAllEntities(users, call, texts);
  const past = distinct.map((one, index) => toPast(one, texts[index] ?? '', entities[index] ?? []));
  const stored = await store.storePastTweets(past, now());
  if (!stored.ok)
    throw new StarlingError('BAD_USER_INPUT', `No earlier tweet has the key ${JSON.stringify(stored.unknownKey)}`);
  return { ids: requested.map(({ key }) => stored.ids.get(key) ?? ''), created: stored.created.length };
}

/** The text to store. */
function checkOne({ key, text, atMs }: ImportedTweet, now: number): string {
  if (key === '' || !key.isWellFormed() || key.includes('\u0000'))
    throw new StarlingError('BAD_USER_INPUT', `No key: ${JSON.stringify(key)}`);
  const checked = checkTweetText(text);
  if (!checked.ok) throw new StarlingError('BAD_USER_INPUT', `${key}: ${checked.message}`);
  checkMoment(Number(atMs), now);
  return checked.text;
}

/** Throws BAD_USER_INPUT for a moment that has no id, or has not come yet. */
export function checkMoment(atMs: number, now: number): void {
  if (!hasId(atMs) || atMs > now) throw new StarlingError('BAD_USER_INPUT', `Nothing can be imported at ${atMs}`);
}

function hasId(atMs: number): boolean {
  try {
    return firstIdAt(atMs) !== '';
  } catch {
    return false;
  }
}

function toPast(one: ImportedTweet, text: string, entities: PastTweet['entities']): PastTweet {
  const { key, authorId, atMs, replyToKey, quotedKey } = one;
  return {
    key,
    authorId,
    text,
    entities,
    atMs: Number(atMs),
    replyToKey: replyToKey || null,
    quotedKey: quotedKey || null,
  };
}
