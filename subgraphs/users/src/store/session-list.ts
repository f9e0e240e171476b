import type { PrismaClient } from '@starling/prisma/users/generated/client.ts';

export type OpenSession = {
  id: string;
  userAgent: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
};

type Pruning = { nowMs: number; sessionMs: number; limit: number };

export type SessionList = ReturnType<typeof createSessionList>;

/** What an owner sees and ends, and what time ends. */
export function createSessionList(prisma: PrismaClient) {
  return {
    /** Most recently used first. */
    list(userId: string, nowMs: number): Promise<OpenSession[]> {
      return prisma.session.findMany({
        where: { userId: BigInt(userId), expiresAt: { gt: new Date(nowMs) } },
        orderBy: [{ lastUsedAt: 'desc' }, { id: 'asc' }],
        omit: { userId: true },
      });
    },

    /** False if this person has no such session. */
    async end(userId: string, sessionId: string): Promise<boolean> {
      const { count } = await prisma.session.deleteMany({ where: { id: sessionId, userId: BigInt(userId) } });
      return count > 0;
    },

    async endOthers(userId: string, sessionId: string | null): Promise<void> {
      const others = sessionId === null ? {} : { NOT: { id: sessionId } };
      await prisma.session.deleteMany({ where: { userId: BigInt(userId), ...others } });
    },

    /**
     * Deletes up to `limit` each of expired sessions, and of used tokens so old that the session would be over without the use.
     * Answers how many.
     */
    async pruneSome({ nowMs, sessionMs, limit }: Pruning): Promise<number> {
      const sessions = await prisma.session.deleteMany({ where: { expiresAt: { lte: new Date(nowMs) } }, limit });
      const usedAt = { lte: new Date(nowMs - sessionMs) };
      const tokens = await prisma.refreshToken.deleteMany({ where: { usedAt }, limit });
      return sessions.count + tokens.count;
    },
  };
}
