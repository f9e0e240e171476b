import { expect } from 'vitest';
import type { Id } from '@starling/domain/ids.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { operation } from './operations.ts';
import type { PlainCommunity } from './plain-community.ts';

const DEACTIVATE = `mutation ($input: DeactivateAccountInput!) { deactivateAccount(input: $input) { userErrors { code } } }`;
const REACTIVATE = `mutation { reactivateAccount { userErrors { code } } }`;

type Payload = { userErrors: readonly unknown[]; tweet?: { id: Id } | null };

/** What people do through the gateway; the plain community does the same. Each one must succeed. */
export function createDoings(plain: PlainCommunity, stack: () => Pick<Stack, 'executeAs'>, password: string) {
  async function run(viewerId: Id, query: string, input?: object): Promise<Payload> {
    const data = await stack().executeAs<Record<string, Payload>>(viewerId, query, { input });
    const [payload] = Object.values(data);
    expect(payload?.userErrors).toEqual([]);
    return payload ?? { userErrors: [] };
  }
  const relate = (verb: string, userId: Id, otherId: Id) => run(userId, operation(verb), { userId: otherId });
  const touch = (verb: string, userId: Id, tweetId: Id) => run(userId, operation(verb), { tweetId });

  return {
    async post(authorId: Id, input: { text: string; replyToId?: Id; quotedId?: Id }): Promise<Id> {
      const { tweet } = await run(authorId, operation('PostTweet'), input);
      const id = tweet?.id ?? '';
      const hashtags = [...input.text.matchAll(/#([a-z]+)/g)].map(([, tag = '']) => tag);
      plain.post({ id, authorId, hashtags, ...(input.replyToId === undefined ? {} : { parentId: input.replyToId }) });
      return id;
    },
    async deleteTweet(tweetId: Id): Promise<void> {
      await touch('DeleteTweet', plain.tweet(tweetId).authorId, tweetId);
      plain.tweet(tweetId).isDeleted = true;
    },
    async retweet(userId: Id, tweetId: Id): Promise<void> {
      await touch('Retweet', userId, tweetId);
      plain.retweet(userId, tweetId);
    },
    async undoRetweet(retweet: ReturnType<PlainCommunity['retweets']>[number]): Promise<void> {
      await touch('UndoRetweet', retweet.userId, retweet.tweet.id);
      plain.undo(retweet);
    },
    like: (userId: Id, tweetId: Id) => touch('LikeTweet', userId, tweetId),
    async follow(userId: Id, otherId: Id): Promise<void> {
      await relate('Follow', userId, otherId);
      if (!plain.person(otherId).isPrivate) plain.person(userId).following.add(otherId);
    },
    async accept(userId: Id, requesterId: Id): Promise<void> {
      await relate('AcceptFollowRequest', userId, requesterId);
      plain.person(requesterId).following.add(userId);
    },
    async unfollow(userId: Id, otherId: Id): Promise<void> {
      await relate('Unfollow', userId, otherId);
      plain.person(userId).following.delete(otherId);
    },
    async followHashtag(userId: Id, tag: string): Promise<void> {
      await run(userId, operation('FollowHashtag'), { tag });
      plain.person(userId).hashtags.add(tag);
    },
    async unfollowHashtag(userId: Id, tag: string): Promise<void> {
      await run(userId, operation('UnfollowHashtag'), { tag });
      plain.person(userId).hashtags.delete(tag);
    },
    async block(userId: Id, otherId: Id): Promise<void> {
      await relate('Block', userId, otherId);
      plain.block(userId, otherId);
    },
    async unblock(userId: Id, otherId: Id): Promise<void> {
      await relate('Unblock', userId, otherId);
      plain.person(userId).blocking.delete(otherId);
    },
    async mute(userId: Id, otherId: Id): Promise<void> {
      await relate('Mute', userId, otherId);
      plain.person(userId).muting.add(otherId);
    },
    async unmute(userId: Id, otherId: Id): Promise<void> {
      await relate('Unmute', userId, otherId);
      plain.person(userId).muting.delete(otherId);
    },
    async setPrivate(userId: Id, isPrivate: boolean): Promise<void> {
      await run(userId, operation('EditProfile'), { isPrivate });
      plain.person(userId).isPrivate = isPrivate;
    },
    async deactivate(userId: Id): Promise<void> {
      await run(userId, DEACTIVATE, { password });
      plain.person(userId).state = 'deactivated';
    },
    async reactivate(userId: Id): Promise<void> {
      await run(userId, REACTIVATE);
      plain.person(userId).state = 'active';
    },
    /** The plain community still knows the person's relations; `forget` them once the erasure has gone everywhere. */
    async erase(userId: Id): Promise<void> {
      await run(userId, operation('EraseAccount'), { password });
      plain.person(userId).state = 'erased';
    },
  };
}

export type Doings = ReturnType<typeof createDoings>;
