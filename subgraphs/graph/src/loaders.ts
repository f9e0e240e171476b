import DataLoader from 'dataloader';
import type { Id } from '@starling/domain/ids.ts';
import { accountStateOf, decide, NO_RELATION, type Subject, type Surface } from '@starling/domain/visibility.ts';
import type { Queryable } from '@starling/kit/postgres/pool.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { UserFacts, Users } from '@starling/schema/generated/rpc/users.ts';
import { readCounts, type FollowCounts } from './store/people.ts';
import { readRelationsTo, type RelationTo } from './store/relations.ts';

/** What one operation reads, each kind in one go for all the people it concerns. */
export type GraphLoaders = {
  counts: DataLoader<Id, FollowCounts>;
  /** How the viewer stands to somebody; null without a viewer. */
  relations: DataLoader<Id, RelationTo | null>;
  /** Null for an unknown id. */
  users: DataLoader<Id, UserFacts | null>;
};

export type LoaderDeps = { pool: Queryable; users: Pick<Users<CallContext>, 'getUsers'> };

/** What one request to users may ask for. */
const MAX_USERS = 1_000;
const NO_FOLLOWS: FollowCounts = { followerCount: 0, followingCount: 0 };

export function graphLoaders({ pool, users }: LoaderDeps, call: CallContext): GraphLoaders {
  const viewerId = call.principal.userId;
  return {
    counts: new DataLoader(async (ids) => {
      const counts = await readCounts(pool, ids);
      return ids.map((id) => counts.get(id) ?? NO_FOLLOWS);
    }),
    relations: new DataLoader(async (ids) => {
      if (viewerId === null) return ids.map(() => null);
      const relations = await readRelationsTo(pool, viewerId, ids);
      return ids.map((id) => relations.get(id) ?? null);
    }),
    users: new DataLoader(
      async (ids) => {
        const { users: found } = await users.getUsers(call, { ids: [...ids] });
        const byId = new Map(found.map((user) => [user.id, user]));
        return ids.map((id) => byId.get(id) ?? null);
      },
      { maxBatchSize: MAX_USERS },
    ),
  };
}

/** Whether the table of visibility shows a person's subject to the viewer; nobody unknown is shown. */
export async function isVisible(
  { loaders, call }: { loaders: GraphLoaders; call: CallContext },
  userId: Id,
  surface: Surface,
  { tweetState }: Pick<Subject, 'tweetState'> = {},
): Promise<boolean> {
  const [user, relation] = await Promise.all([loaders.users.load(userId), loaders.relations.load(userId)]);
  if (user === null) return false;
  const author = { id: userId, state: accountStateOf(user.state), isPrivate: user.isPrivate };
  const subject = { author, relation: relation ?? NO_RELATION, ...(tweetState && { tweetState }) };
  return decide(call.principal.userId, subject, surface).verdict === 'show';
}
