import { createHash } from 'node:crypto';
import type { Id } from '@starling/domain/ids.ts';
import { checkTweetText } from '@starling/domain/tweet-text.ts';
import type { Minter } from '@starling/kit/ids/port.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import type { CachedTweets } from './cached-tweets.ts';
import { checkAccount, checkTarget } from './check-target.ts';
import type { Loaders } from './loaders.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';
import { tweetPosted } from './publishes.ts';
import { resolveEntities } from './resolve-entities.ts';
import type { Claim, Claimed } from './store/append-tweet.ts';
import { changesBy } from './store/count.ts';
import type { Store } from './store.ts';
import { newTweet, type Tweet } from './tweet.ts';

export type PostTweet = { text: string; replyToId?: string | null; quotedId?: string | null; idempotencyKey?: string | null };

export type PostDeps = {
  store: Pick<Store, 'appendTweet' | 'readClaimed'>;
  cached: Pick<CachedTweets, 'forget'>;
  users: Pick<Users<CallContext>, 'getUsersByHandle'>;
  minter: Pick<Minter, 'mint'>;
  now(): number;
  idempotencyTtlMs: number;
};

export type Poster = { viewerId: Id; call: CallContext; loaders: Pick<Loaders, 'view' | 'author'> };

const MAX_KEY_LENGTH = 64;

/** Posts a tweet, a reply or a quote, or gives back the one that this key has posted before. */
export async function postTweet(deps: PostDeps, poster: Poster, input: PostTweet): Promise<Outcome> {
  const text = checkTweetText(input.text);
  const key = checkKey(input.idempotencyKey ?? null);
  if (!text.ok || !key.ok) return joined(text.ok ? null : refuse(text.code, 'text', text.message), key.ok ? null : key);

  const at = deps.now();
  const claim = key.value === null ? null : claimOf(poster.viewerId, key.value, { ...input, text: text.text }, at + deps.idempotencyTtlMs);
  const held = claim && (await deps.store.readClaimed({ ...claim, at }));
  if (held) return answerAgain(claim, held);

  const [account, parent, quoted, entities] = await Promise.all([
    checkAccount(poster.loaders, poster.viewerId),
    checkOptional(poster, input.replyToId, 'replyToId'),
    checkOptional(poster, input.quotedId, 'quotedId'),
    resolveEntities(deps.users, poster.call, text.text),
  ]);
  if (!account.ok) return account;
  if (!parent.ok || !quoted.ok) return joined(parent.ok ? null : parent, quoted.ok ? null : quoted);

  const content = { authorId: poster.viewerId, text: text.text, entities };
  const tweet = newTweet(deps.minter.mint(), content, { parent: parent.tweet, quoted: quoted.tweet });
  const holder = await deps.store.appendTweet({ tweet, event: tweetPosted(tweet, at), changes: changesBy(tweet, 'coming'), claim, at });
  if (claim && holder) return answerAgain(claim, holder);
  await deps.cached.forget([tweet.id]);
  return { ok: true, tweetId: tweet.id, created: tweet };
}

function checkKey(key: string | null): { ok: true; value: string | null } | Refusal {
  if (key === null) return { ok: true, value: null };
  if (key === '') return refuse('EMPTY', 'idempotencyKey', 'The key is empty');
  if (!key.isWellFormed() || key.includes('\u0000')) return refuse('MALFORMED', 'idempotencyKey', 'The key holds characters that no text may hold');
  if (key.length > MAX_KEY_LENGTH) return refuse('TOO_LONG', 'idempotencyKey', `The key is longer than ${MAX_KEY_LENGTH}`);
  return { ok: true, value: key };
}

function claimOf(userId: Id, key: string, { text, replyToId, quotedId }: PostTweet, expiresAtMs: number): Claim {
  const request = JSON.stringify([text, replyToId ?? null, quotedId ?? null]);
  const requestHash = createHash('sha256').update(request).digest('base64url');
  return { userId, key, requestHash, expiresAt: new Date(expiresAtMs) };
}

function answerAgain({ requestHash }: Claim, held: Claimed): Outcome {
  if (held.requestHash === requestHash) return { ok: true, tweetId: held.tweetId };
  return refuse('KEY_REUSED', 'idempotencyKey', 'The key was used with another input');
}

type Checked = { ok: true; tweet: Tweet | null } | Refusal;

async function checkOptional({ loaders }: Poster, id: string | null | undefined, field: string): Promise<Checked> {
  return id === null || id === undefined ? { ok: true, tweet: null } : await checkTarget(loaders, id, field);
}

function joined(...refusals: (Refusal | null)[]): Refusal {
  return { ok: false, errors: refusals.flatMap((refusal) => refusal?.errors ?? []) };
}
