import { foldHashtags } from '@starling/domain/hashtag.ts';
import type { Id } from '@starling/domain/ids.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import { inTraceOf, type TraceHeaders } from '@starling/kit/telemetry/tracing.ts';
import { encodeNews, hashtagChannel } from './live-channel.ts';

export type AnnounceTaggedDeps = {
  pubsub: Pick<PubSub, 'publish'>;
  /** Tweets older than this are no news. */
  newsForMs: number;
  now: () => number;
};

export type TaggedTweet = {
  entryId: Id;
  /** As written. */
  hashtags: readonly string[];
  /** Epoch milliseconds. */
  at: number;
  /** Of whatever posted the tweet. */
  trace: TraceHeaders;
};

/** Tells new tweets to who listens to their hashtags. They are read from where they were posted, so nothing has to be pushed before. */
export async function announceTagged(
  { pubsub, newsForMs, now }: AnnounceTaggedDeps,
  tweets: readonly TaggedTweet[],
): Promise<void> {
  const oldest = now() - newsForMs;
  for (const { entryId, hashtags, at, trace } of tweets) {
    const channels = foldHashtags(hashtags).map(hashtagChannel);
    if (channels.length === 0 || at < oldest) continue;
    await inTraceOf(trace, 'announce entry', {}, () => pubsub.publish(channels, encodeNews({ entryId })));
  }
}
