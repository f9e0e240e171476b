import { isId, type Id } from '@starling/domain/ids.ts';
import { checkFirst, decodeCursor, encodeCursor, type Page } from '@starling/kit/cursor.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { connectionOf, fillPage } from '@starling/kit/fill-page.ts';
import type { GraphContext, UserParent } from './context.ts';
import { isVisible } from './loaders.ts';
import type { Place } from './store/lists.ts';

/** A list of people, latest first. */
export type PeopleList = {
  /** In its cursors, so that one of another list is refused. */
  kind: 'followers' | 'following' | 'requests' | 'blocked' | 'muted';
  read(after: Place | null, limit: number): Promise<Place[]>;
};

export type PageArguments = { first: number; after?: string | null };

export type PeoplePage = Page<{ cursor: string; node: UserParent }>;

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
  budget: number,
): Promise<PeoplePage> {
  const isListed = ({ userId }: Place) =>
    kind === 'blocked' ? isThere(context, userId) : isVisible(context, userId, 'people');
  const keep = async (places: readonly Place[]) => {
    const verdicts = await Promise.all(places.map(isListed));
    return places.filter((_, index) => verdicts[index]);
  };
  return connectionOf(await fillPage({ ...place, budget }, { read, keep }), {
    cursorOf: (entry) => encodePlace(kind, entry),
    edgeOf: ({ userId }) => ({ node: { id: userId } }),
  });
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

const YEAR_10000_MS = Date.UTC(10_000, 0, 1);

function encodePlace(kind: string, { atMs, userId }: Place): string {
  return encodeCursor(kind, [atMs, userId]);
}

function decodePlace(kind: string, cursor: string): Place {
  const [atMs, userId, ...rest] = decodeCursor(kind, cursor);
  if (!isMoment(atMs) || !isId(String(userId)) || rest.length > 0)
    throw new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
  return { atMs, userId: String(userId) };
}

/** Whether a field of a cursor is a moment that a list can name: Postgres reads no ISO date of a year beyond four digits. */
export function isMoment(atMs: string | number | undefined): atMs is number {
  return typeof atMs === 'number' && Number.isInteger(atMs) && atMs >= 0 && atMs < YEAR_10000_MS;
}
