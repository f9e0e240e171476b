import type { Id } from '@starling/domain/ids.ts';
import type { PrismaClient } from '@starling/prisma/graph/generated/client.ts';
import type { Place } from './lists.ts';

/** Who asked to follow a person, latest request first. */
export async function readRequests(
  prisma: PrismaClient,
  userId: Id,
  after: Place | null,
  take: number,
): Promise<Place[]> {
  const rows = await prisma.followRequest.findMany({
    where: { targetId: BigInt(userId), ...below(after, 'requesterId') },
    orderBy: [{ since: 'desc' }, { requesterId: 'desc' }],
    take,
  });
  return rows.map((row) => ({ atMs: row.since.getTime(), userId: row.requesterId.toString() }));
}

/** Whom a person blocks, latest block first. */
export async function readBlocked(
  prisma: PrismaClient,
  userId: Id,
  after: Place | null,
  take: number,
): Promise<Place[]> {
  const rows = await prisma.block.findMany({
    where: { blockerId: BigInt(userId), ...below(after, 'blockedId') },
    orderBy: [{ since: 'desc' }, { blockedId: 'desc' }],
    take,
  });
  return rows.map((row) => ({ atMs: row.since.getTime(), userId: row.blockedId.toString() }));
}

/** Whom a person mutes, latest mute first. */
export async function readMuted(prisma: PrismaClient, userId: Id, after: Place | null, take: number): Promise<Place[]> {
  const rows = await prisma.mute.findMany({
    where: { muterId: BigInt(userId), ...below(after, 'mutedId') },
    orderBy: [{ since: 'desc' }, { mutedId: 'desc' }],
    take,
  });
  return rows.map((row) => ({ atMs: row.since.getTime(), userId: row.mutedId.toString() }));
}

function below(after: Place | null, column: 'requesterId' | 'blockedId' | 'mutedId') {
  if (after === null) return {};
  const since = new Date(after.atMs);
  return { OR: [{ since: { lt: since } }, { since, [column]: { lt: BigInt(after.userId) } }] };
}
