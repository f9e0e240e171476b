import { isId, type Id } from '@starling/domain/ids.ts';
import { checkFirst, decodeCursor, encodeCursor, page } from '@starling/kit/cursor.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { GraphContext, UserParent } from './context.ts';
import { fillPage } from './fill-page.ts';
import { isVisible } from './loaders.ts';
import type { Place } from './store/lists.ts';

/** A list of people, latest first. */
export type PeopleList = {
  /** In its cursors, so that one of another list is refused. */
  kind: 'followers' | 'following' | 'requests' | 'blocked' | 'muted';
  read(after: Place | null, limit: number): Promise<Place[]>;
};

export type PageArguments = { first: number; after?: string | null };

export type PeoplePage = ReturnType<typeof page<{ cursor: string; node: UserParent }>>;

/** Where a page starts and how long it is, checked. Throws StarlingError BAD_USER_INPUT or BAD_CURSOR. */
export function parsePage(
  kind: PeopleList['kind'],
  { first, after }: PageArguments,
): { first: number; after: Place | null } {
  return { first: checkFirst(first), after: typeof after === 'string' ? decodePlace(kind, after) : null };
}

/** A page of those whom the viewer may see in lists. */
export async function listPeople(
  context: GraphContext,
  { kind, read }: PeopleList,
  place: { first: number; after: Place | null },
  scanBudget: number,
): Promise<PeoplePage> {
  const keep = ({ userId }: Place) =>
    kind === 'blocked' ? isThere(context, userId) : isVisible(context, userId, 'people');
  const { kept, lastExamined, hasMore } = await fillPage({ read, keep }, { ...place, scanBudget });
  const edges = kept.map((entry) => ({ cursor: encodePlace(kind, entry), node: { id: entry.userId } }));
  const endCursor = lastExamined === null ? null : encodePlace(kind, lastExamined);
  return page(edges, { hasNextPage: hasMore, endCursor });
}

/** A person's followers or followees are content like tweets: hidden with the account, by blocks and by privacy. */
export function maySeeListsOf(context: GraphContext, userId: Id): Promise<boolean> {
  return isVisible(context, userId, 'profile', { tweetState: 'live' });
}

/** The people one blocks are listed although the block hides them: how else would one unblock them? */
async function isThere({ loaders }: GraphContext, userId: Id): Promise<boolean> {
  const user = await loaders.users.load(userId);
  return user !== null && user.state !== 'erased';
}

/** JavaScript's first and last moment. */
const MAX_MS = 8.64e15;

function encodePlace(kind: string, { atMs, userId }: Place): string {
  return encodeCursor(kind, [atMs, userId]);
}

function decodePlace(kind: string, cursor: string): Place {
  const [atMs, userId, ...rest] = decodeCursor(kind, cursor);
  const isPlace =
    Number.isSafeInteger(atMs) && Math.abs(Number(atMs)) <= MAX_MS && isId(String(userId)) && rest.length === 0;
  if (!isPlace) throw new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
  return { atMs: Number(atMs), userId: String(userId) };
}
