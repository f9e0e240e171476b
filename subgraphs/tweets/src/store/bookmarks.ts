import type { Database } from './database.ts';
import type { Engagement } from './engage.ts';

type Bookmarking = Pick<Database, 'prisma' | 'forget'>;

/** Leaves a bookmark that stands where it is. */
export async function addBookmark(db: Bookmarking, { userId, tweetId, at }: Engagement): Promise<void> {
  const bookmark = { userId: BigInt(userId), tweetId: BigInt(tweetId), bookmarkedAt: new Date(at) };
  await db.prisma.bookmark.createMany({ data: [bookmark], skipDuplicates: true });
  await db.forget({ markerIds: [userId] });
}

export async function removeBookmark(db: Bookmarking, { userId, tweetId }: Engagement): Promise<void> {
  await db.prisma.bookmark.deleteMany({ where: { userId: BigInt(userId), tweetId: BigInt(tweetId) } });
  await db.forget({ markerIds: [userId] });
}
