import DataLoader from 'dataloader';
import type { Id } from '@starling/domain/ids.ts';
import {
  accountStateOf,
  decide,
  NO_RELATION,
  type Relation,
  type Subject,
  type Surface,
} from '@starling/domain/visibility.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { UserFacts, Users } from '@starling/schema/generated/rpc/users.ts';
import type { CachedPeople } from './cached-people.ts';
import { readImage, relationsIn, type ImageDeps } from './read-image.ts';
import type { FollowCounts } from './store/people.ts';
import { readRequestedAmong } from './store/relations.ts';

/** What one operation reads, each kind in one go for all the people it concerns. */
export type GraphLoaders = {
  counts: DataLoader<Id, FollowCounts>;
  /** How the viewer stands to somebody; null without a viewer, as the next two. */
  relations: DataLoader<Id, Relation | null>;
  followsViewer: DataLoader<Id, boolean | null>;
  /** Whether the viewer waits for somebody to accept. */
  requested: DataLoader<Id, boolean | null>;
  /** Null for an unknown id. */
  users: DataLoader<Id, UserFacts | null>;
};

export type LoaderDeps = ImageDeps & {
  people: Pick<CachedPeople, 'readCounts' | 'readFollowersAmong'>;
  users: Pick<Users<CallContext>, 'getUsers'>;
};

/** What one request to users may ask for. */
const MAX_USERS = 1_000;
const NO_FOLLOWS: FollowCounts = { followerCount: 0, followingCount: 0 };

export function graphLoaders(deps: LoaderDeps, call: CallContext): GraphLoaders {
  const { pool, people, users } = deps;
  const viewerId = call.principal.userId;
  const ofViewer = <Value>(read: (viewer: Id, ids: readonly Id[]) => Promise<(id: Id) => Value>) =>
    new DataLoader<Id, Value | null>(async (ids) =>
      viewerId === null ? ids.map(() => null) : ids.map(await read(viewerId, ids)),
    );
  const among = (read: (viewer: Id, ids: readonly Id[]) => Promise<Set<Id>>) =>
    ofViewer(async (viewer, ids) => {
      const found = await read(viewer, ids);
      return (id) => found.has(id);
    });
  return {
    counts: new DataLoader(async (ids) => {
      const counts = await people.readCounts(ids);
      return ids.map((id) => counts.get(id) ?? NO_FOLLOWS);
    }),
    relations: ofViewer(async (viewer) => relationsIn((await readImage(deps, viewer)).value)),
    followsViewer: among(people.readFollowersAmong),
    requested: among((viewer, ids) => readRequestedAmong(pool, viewer, ids)),
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
