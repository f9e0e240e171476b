import { foldHashtags } from '@starling/domain/hashtag.ts';
import { announceEntry, type AnnounceDeps, type NewEntry } from './announce-entry.ts';
import { hashtagChannel } from './live-channel.ts';

/** `hashtags` as written. */
export type TaggedTweet = NewEntry & { hashtags: readonly string[] };

/** Tells new tweets to who listens to their hashtags. They are read from where they were posted, so nothing has to be pushed before. */
export async function announceTagged(deps: AnnounceDeps, tweets: readonly TaggedTweet[]): Promise<void> {
  for (const { hashtags, ...tweet } of tweets)
    await announceEntry(deps, foldHashtags(hashtags).map(hashtagChannel), tweet);
}
