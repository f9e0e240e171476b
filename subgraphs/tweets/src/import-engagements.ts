import { isId, isRetweetId } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { ImportedEngagement, ImportEngagementsResponse } from '@starling/schema/generated/rpc/tweets.ts';
import { checkMoment } from './import-tweets.ts';
import type { PastEngagement } from './store/import-engagements.ts';
import type { Store } from './store.ts';

export type ImportEngagementsDeps = {
  store: Pick<Store, 'storePastEngagements'>;
  now(): number;
};

const MAX_ENGAGEMENTS = 1_000;

/** Likes and retweets in bulk. Leaves alone what stands, and passes over tweets that are gone. Throws BAD_USER_INPUT and stores nothing. */
export async function importEngagements(
  { store, now }: ImportEngagementsDeps,
  requested: readonly ImportedEngagement[],
): Promise<ImportEngagementsResponse> {
  if (requested.length > MAX_ENGAGEMENTS)
    throw new StarlingError('BAD_USER_INPUT', `At most ${MAX_ENGAGEMENTS} engagements`);
  const at = now();
  const past = requested.map((one) => checkOne(one, at));
  const { likes, retweetIds } = await store.storePastEngagements(past, at);
  return { created: likes + retweetIds.length };
}

function checkOne({ userId, tweetId, kind, atMs }: ImportedEngagement, now: number): PastEngagement {
  if (!isId(userId) || !isId(tweetId) || isRetweetId(tweetId))
    throw new StarlingError('BAD_USER_INPUT', `No ids: ${JSON.stringify([userId, tweetId])}`);
  if (kind !== 'like' && kind !== 'retweet')
    throw new StarlingError('BAD_USER_INPUT', `No kind of engagement: ${JSON.stringify(kind)}`);
  checkMoment(Number(atMs), now);
  return { userId, tweetId, kind, atMs: Number(atMs) };
}
