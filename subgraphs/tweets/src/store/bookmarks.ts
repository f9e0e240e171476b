import type { PrismaClient } from '@starling/prisma/tweets/generated/client.ts';
import type { Engagement } from './engage.ts';

/** Leaves a bookmark that stands where it is. */
export async function addBookmark(prisma: PrismaClient, { userId, tweetId, at }: Engagement): Promise<void> {
  const bookmark = { userId: BigInt(userId), tweetId: BigInt(tweetId), bookmarkedAt: new Date(at) };
  await prisma.bookmark.createMany({ data: [bookmark], skipDuplicates: true });
}

export async function removeBookmark(prisma: PrismaClient, { userId, tweetId }: Engagement): Promise<void> {
  await prisma.bookmark.deleteMany({ where: { userId: BigInt(userId), tweetId: BigInt(tweetId) } });
}
