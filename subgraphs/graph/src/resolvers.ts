import { isId } from '@starling/domain/ids.ts';
import type { Relation } from '@starling/domain/visibility.ts';
import type { ReadRouter } from '@starling/kit/postgres/read-router.ts';
import { requireViewer } from '@starling/kit/require-viewer.ts';
import type { PrismaClient } from '@starling/prisma/graph/generated/client.ts';
import type { UserError } from '@starling/schema/error-codes.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { acceptFollowRequest, cancelFollowRequest, declineFollowRequest } from './answer-follow-request.ts';
import { blockUser, unblockUser } from './block-user.ts';
import type { PairResult } from './change-pair.ts';
import type { GraphContext, UserParent } from './context.ts';
import { followHashtag, unfollowHashtag, type HashtagDeps, type HashtagResult } from './follow-hashtag.ts';
import { followUser, type FollowDeps } from './follow-user.ts';
import { listHashtags } from './list-hashtags.ts';
import {
  listPeople,
  maySeeListsOf,
  parsePage,
  type PageArguments,
  type PeopleList,
  type PeoplePage,
} from './list-people.ts';
import type { LoaderDeps } from './loaders.ts';
import { muteUser, unmuteUser } from './mute-user.ts';
import { readFollowedHashtags } from './store/hashtags.ts';
import { readFollowers, readFollowing } from './store/lists.ts';
import { readBlocked, readMuted, readRequests } from './store/own-lists.ts';
import { unfollowUser } from './unfollow-user.ts';

export type ResolverDeps = FollowDeps &
  HashtagDeps &
  LoaderDeps & { prisma: PrismaClient; reads: Pick<ReadRouter, 'read'>; scanBudget: number };

export function graphResolvers(deps: ResolverDeps): Resolvers {
  return { Query: queryResolvers(deps), Mutation: mutationResolvers(deps), User: userResolvers(deps) };
}

function queryResolvers({ pool, prisma, scanBudget }: ResolverDeps): Resolvers['Query'] {
  const own =
    (kind: PeopleList['kind'], read: typeof readBlocked) =>
    async (_parent: unknown, args: PageArguments, context: GraphContext): Promise<PeoplePage> => {
      const viewerId = requireViewer(context.call);
      const people: PeopleList = { kind, read: (after, limit) => read(prisma, viewerId, after, limit) };
      return listPeople(context, people, parsePage(kind, args), scanBudget);
    };
  return {
    followRequests: own('requests', readRequests),
    blockedUsers: own('blocked', readBlocked),
    mutedUsers: own('muted', readMuted),
    followedHashtags: (_parent, args, { call }) => {
      const viewerId = requireViewer(call);
      return listHashtags((after, limit) => readFollowedHashtags(pool, viewerId, after, limit), args);
    },
  };
}

type HashtagPayload = { hashtag: { tag: string } | null; userErrors: UserError[] };
type Payload = { user: UserParent | null; userErrors: UserError[] };

function mutationResolvers(deps: ResolverDeps): Resolvers['Mutation'] {
  const mutation =
    (act: (deps: FollowDeps, call: GraphContext['call'], userId: string) => Promise<PairResult>) =>
    async (
      _parent: unknown,
      { input }: { input: { userId: string } },
      { call, loaders }: GraphContext,
    ): Promise<Payload> => {
      const result = await act(deps, call, input.userId);
      // A mutation before this one in the same operation may have read what has changed now.
      for (const loader of Object.values(loaders)) loader.clearAll();
      if ('errors' in result) return { user: null, userErrors: result.errors };
      return { user: { __typename: 'User', id: result.userId }, userErrors: [] };
    };
  const ofHashtag =
    (act: (deps: HashtagDeps, call: GraphContext['call'], tag: string) => Promise<HashtagResult>) =>
    async (
      _parent: unknown,
      { input }: { input: { tag: string } },
      { call }: GraphContext,
    ): Promise<HashtagPayload> => {
      const result = await act(deps, call, input.tag);
      return 'errors' in result ? { hashtag: null, userErrors: result.errors } : { hashtag: result, userErrors: [] };
    };
  return {
    followHashtag: ofHashtag(followHashtag),
    unfollowHashtag: ofHashtag(unfollowHashtag),
    follow: mutation(followUser),
    unfollow: mutation(unfollowUser),
    block: mutation(blockUser),
    unblock: mutation(unblockUser),
    mute: mutation(muteUser),
    unmute: mutation(unmuteUser),
    acceptFollowRequest: mutation(acceptFollowRequest),
    declineFollowRequest: mutation(declineFollowRequest),
    cancelFollowRequest: mutation(cancelFollowRequest),
  };
}

function userResolvers({ reads, scanBudget }: ResolverDeps): Resolvers['User'] {
  const list =
    (kind: PeopleList['kind'], read: typeof readFollowers) =>
    async ({ id }: UserParent, args: PageArguments, context: GraphContext): Promise<PeoplePage | null> => {
      const place = parsePage(kind, args);
      if (!(await maySeeListsOf(context, id))) return null;
      // It may lag: whom the viewer may see of it is asked of the primary.
      const people: PeopleList = {
        kind,
        read: (after, limit) => reads.read(context.call, (db) => read(db, id, after, limit)),
      };
      return listPeople(context, people, place, scanBudget);
    };
  const relation =
    (flag: keyof Relation) =>
    async ({ id }: UserParent, _args: unknown, { loaders }: GraphContext): Promise<boolean | null> =>
      (await loaders.relations.load(id))?.[flag] ?? null;
  return {
    __resolveReference: ({ id }) => (isId(id) ? { id } : null),
    followers: list('followers', readFollowers),
    following: list('following', readFollowing),
    followerCount: async ({ id }, _args, { loaders }) => (await loaders.counts.load(id)).followerCount,
    followingCount: async ({ id }, _args, { loaders }) => (await loaders.counts.load(id)).followingCount,
    viewerFollows: relation('following'),
    followsViewer: ({ id }, _args, { loaders }) => loaders.followsViewer.load(id),
    viewerRequestedFollow: ({ id }, _args, { loaders }) => loaders.requested.load(id),
    viewerBlocks: relation('blocking'),
    blocksViewer: relation('blockedBy'),
    viewerMutes: relation('muting'),
  };
}
