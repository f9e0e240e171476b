import type { PrismaClient } from '@starling/prisma/users/generated/client.ts';

export type OpenSession = {
  id: string;
  userAgent: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
};

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

    /** Deletes expired sessions, and used tokens so old that the session would be over without the use. */
    async prune(nowMs: number, sessionMs: number): Promise<void> {
      await prisma.session.deleteMany({ where: { expiresAt: { lte: new Date(nowMs) } } });
      await prisma.refreshToken.deleteMany({ where: { usedAt: { lte: new Date(nowMs - sessionMs) } } });
    },
  };
}
