import { createHash } from 'node:crypto';
import type { Id } from '@starling/domain/ids.ts';
import type { Minter } from '@starling/kit/ids/port.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import type { Forgetting } from './cached-tweets.ts';
import { checkPost } from './check-post.ts';
import { checkAccount, checkTarget } from './check-target.ts';
import type { Loaders } from './loaders.ts';
import { joined, refuse, type Outcome, type Refusal } from './outcome.ts';
import { tweetPosted } from './publishes.ts';
import { resolveEntities } from './resolve-entities.ts';
import { staleByTweets } from './stale.ts';
import type { Claim, Claimed } from './store/append-tweet.ts';
import { changesBy } from './store/count.ts';
import type { Store } from './store.ts';
import { newTweet, type Tweet } from './tweet.ts';

export type PostTweet = {
  text: string;
  replyToId?: string | null;
  quotedId?: string | null;
  idempotencyKey?: string | null;
};

export type PostDeps = {
  store: Pick<Store, 'appendTweet' | 'readClaimed' | 'readTweets'>;
  forgetting: Pick<Forgetting, 'forget'>;
  users: Pick<Users<CallContext>, 'getUsersByHandle'>;
  minter: Pick<Minter, 'mint'>;
  now(): number;
  idempotencyTtlMs: number;
};

export type Poster = { viewerId: Id; call: CallContext; loaders: Pick<Loaders, 'view' | 'author'> };

/** Posts a tweet, a reply or a quote, or gives back the one that this key has posted before. */
export async function postTweet(deps: PostDeps, poster: Poster, input: PostTweet): Promise<Outcome> {
  const checked = checkPost(input);
  if (!checked.ok) return checked;
  const at = deps.now();
  const { text, key } = checked;
  const claim = key === null ? null : claimOf(poster.viewerId, key, { ...input, text }, at + deps.idempotencyTtlMs);
  const held = claim && (await deps.store.readClaimed({ ...claim, at }));
  if (held) return answerAgain(deps, claim, held);

  const composed = await compose(deps, poster, { ...input, text });
  if (!composed.ok) return composed;
  const { tweet } = composed;
  const changes = changesBy(tweet, 'coming');
  const holder = await deps.store.appendTweet({ tweet, event: tweetPosted(tweet, at), changes, claim, at });
  if (claim && holder) return answerAgain(deps, claim, holder);
  return { ok: true, tweetId: tweet.id, created: tweet };
}

type Composed = { ok: true; tweet: Tweet } | Refusal;

/** All that has to be asked is asked at once; an id is minted when nothing is wrong any more. */
async function compose({ users, minter }: PostDeps, poster: Poster, input: PostTweet): Promise<Composed> {
  const [account, parent, quoted, entities] = await Promise.all([
    checkAccount(poster.loaders, poster.viewerId),
    checkOptional(poster, input.replyToId, 'replyToId'),
    checkOptional(poster, input.quotedId, 'quotedId'),
    resolveEntities(users, poster.call, input.text),
  ]);
  if (!account.ok) return account;
  if (!parent.ok || !quoted.ok) return joined(parent, quoted);
  const content = { authorId: poster.viewerId, text: input.text, entities };
  return { ok: true, tweet: newTweet(minter.mint(), content, { parent: parent.tweet, quoted: quoted.tweet }) };
}

function claimOf(userId: Id, key: string, { text, replyToId, quotedId }: PostTweet, expiresAtMs: number): Claim {
  const request = JSON.stringify([text, replyToId ?? null, quotedId ?? null]);
  const requestHash = createHash('sha256').update(request).digest('base64url');
  return { userId, key, requestHash, expiresAt: new Date(expiresAtMs) };
}

/** Whoever posted it may not have answered: then nobody has dropped yet what is cached from before. */
async function answerAgain({ store, forgetting }: PostDeps, { requestHash }: Claim, held: Claimed): Promise<Outcome> {
  if (held.requestHash !== requestHash)
    return refuse('KEY_REUSED', 'idempotencyKey', 'The key was used with another input');
  await forgetting.forget(staleByTweets((await store.readTweets([held.tweetId])).values()));
  return { ok: true, tweetId: held.tweetId };
}

type Checked = { ok: true; tweet: Tweet | null } | Refusal;

async function checkOptional({ loaders }: Poster, id: string | null | undefined, field: string): Promise<Checked> {
  return id === null || id === undefined ? { ok: true, tweet: null } : await checkTarget(loaders, id, field);
}
