import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { EntryFacts, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { ViewerPoint } from './viewpoint.ts';

export type AsksHashtags = Pick<Tweets<CallContext>, 'listByHashtags'>;

type TaggedRead = {
  call: CallContext;
  viewer: Pick<ViewerPoint, 'hashtags'>;
  /** Both exclusive; empty for none. */
  beforeId: Id;
  afterId?: Id;
  limit: number;
  oldestFirst?: boolean;
};

/**
 * Tweets that carry a hashtag which the viewer follows, newest first unless told otherwise; fewer than `limit` only if there are no more. They are in no
 * list: who follows none asks for nothing.
 */
export async function taggedEntries(
  tweets: AsksHashtags,
  { call, viewer, beforeId, afterId = '', limit, oldestFirst }: TaggedRead,
): Promise<EntryFacts[]> {
  if (viewer.hashtags.size === 0) return [];
  const { entries } = await tweets.listByHashtags(call, {
    hashtags: [...viewer.hashtags],
    beforeId,
    afterId,
    limit,
    oldestFirst,
    mayBeCached: true,
  });
  return entries;
}
