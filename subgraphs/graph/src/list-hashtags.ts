import { isWellFormed } from '@starling/domain/profile.ts';
import { checkFirst, decodeCursor, encodeCursor, type Page } from '@starling/kit/cursor.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { connectionOf, fillPage } from '@starling/kit/fill-page.ts';
import { isMoment, type PageArguments } from './list-people.ts';
import type { HashtagPlace } from './store/hashtags.ts';

export type HashtagPage = Page<{ cursor: string; node: { tag: string } }>;

/** A page of followed hashtags, latest follow first. Throws StarlingError BAD_USER_INPUT or BAD_CURSOR. */
export async function listHashtags(
  read: (after: HashtagPlace | null, limit: number) => Promise<HashtagPlace[]>,
  { first, after }: PageArguments,
): Promise<HashtagPage> {
  const place = { first: checkFirst(first), after: typeof after === 'string' ? decodePlace(after) : null };
  const keep = (places: readonly HashtagPlace[]) => Promise.resolve(places);
  return connectionOf(await fillPage<HashtagPlace, HashtagPlace>(place, { read, keep }), {
    cursorOf: ({ atMs, tag }) => encodeCursor(KIND, [atMs, tag]),
    edgeOf: ({ tag }) => ({ node: { tag } }),
  });
}

const KIND = 'hashtags';

function decodePlace(cursor: string): HashtagPlace {
  const [atMs, tag, ...rest] = decodeCursor(KIND, cursor);
  if (!isMoment(atMs) || typeof tag !== 'string' || !isWellFormed(tag) || rest.length > 0)
    throw new StarlingError('BAD_CURSOR', 'The cursor does not belong to this list');
  return { atMs, tag };
}
