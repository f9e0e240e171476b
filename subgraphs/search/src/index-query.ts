import { AFTER_EVERY_ID, firstIdAt, timeOfId, type Id } from '@starling/domain/ids.ts';
import { handleKey } from '@starling/domain/profile.ts';
import type { SearchQuery } from '@starling/domain/search-query.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { IndexQuery } from '@starling/kit/search-index/port.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';

export type AsksHandles = Pick<Users<CallContext>, 'getUsersByHandle'>;

const HANDLES_A_CALL = 100;
/** Every id lies between these two moments. */
const EARLIEST_MS = timeOfId('1000000000000000000') + 1;
const LATEST_MS = timeOfId(AFTER_EVERY_ID);

/** The query in terms of the index of tweets; null if nothing can match, as when nobody has a handle asked for. */
export async function toIndexQuery(
  users: AsksHandles,
  call: CallContext,
  query: SearchQuery,
): Promise<Omit<IndexQuery, 'order' | 'limit'> | null> {
  const ids = await idsByHandle(users, call, query);
  const known = (handles: readonly string[]) => handles.flatMap((handle) => ids.get(handle) ?? []);
  const mentions = known(query.mentions);
  if (mentions.length < query.mentions.length) return null;
  const oneOf = { author: known(query.from), to: known(query.to) };
  if ((query.from.length > 0 && oneOf.author.length === 0) || (query.to.length > 0 && oneOf.to.length === 0))
    return null;
  const { sinceMs, untilMs } = query;
  if ((sinceMs !== null && sinceMs > LATEST_MS) || (untilMs !== null && untilMs <= EARLIEST_MS)) return null;
  return {
    must: query.must,
    mustNot: query.mustNot,
    keywords: nonEmpty(oneOf),
    everyKeyword: nonEmpty({ hashtag: query.hashtags, mention: mentions }),
    notKeywords: nonEmpty({
      author: known(query.notFrom),
      to: known(query.notTo),
      hashtag: query.notHashtags,
      mention: known(query.notMentions),
    }),
    ...(sinceMs !== null && sinceMs > EARLIEST_MS && { sinceId: firstIdAt(sinceMs) }),
    ...(untilMs !== null && untilMs <= LATEST_MS && { untilId: firstIdAt(untilMs) }),
  };
}

async function idsByHandle(users: AsksHandles, call: CallContext, query: SearchQuery): Promise<Map<string, Id>> {
  const { from, notFrom, to, notTo, mentions, notMentions } = query;
  const handles = [...new Set([...from, ...notFrom, ...to, ...notTo, ...mentions, ...notMentions])];
  const ids = new Map<string, Id>();
  for (let start = 0; start < handles.length; start += HANDLES_A_CALL) {
    const answer = await users.getUsersByHandle(call, { handles: handles.slice(start, start + HANDLES_A_CALL) });
    for (const { handle, id } of answer.users) ids.set(handleKey(handle), id);
  }
  return ids;
}

function nonEmpty(fields: Record<string, readonly string[]>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(fields).filter(([, values]) => values.length > 0));
}
