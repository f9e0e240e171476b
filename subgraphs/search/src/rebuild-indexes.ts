import { systemCall } from '@starling/kit/call.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { IndexWrite, RebuildSource, SearchIndex } from '@starling/kit/search-index/port.ts';
import type { TweetContent, Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { UserFacts, Users } from '@starling/schema/generated/rpc/users.ts';
import { personDocument, tweetDocument } from './documents.ts';

export type RebuildDeps = {
  services: {
    tweets: Pick<Tweets<CallContext>, 'listTweets'>;
    users: Pick<Users<CallContext>, 'listUsers'>;
  };
  tweetIndex: Pick<SearchIndex, 'rebuild'>;
  peopleIndex: Pick<SearchIndex, 'rebuild'>;
};

export type RebuildOptions = {
  /** Told after every page; `total` is how many there were at the beginning. */
  onProgress?(index: 'people' | 'tweets', done: number, total: number): void;
  /** Ends it between two pages, with the indexes as they were. */
  signal?: AbortSignal;
};

export type Rebuilt = { people: number; tweets: number };

type Page<Item> = { items: readonly Item[]; total: number };
type Write = Extract<IndexWrite, { version: bigint }>;

const PAGE_SIZE = 500;
const PAGE_TIMEOUT_MS = 60_000;

/** Both indexes anew from the facts of their owners, one after the other, while everything goes on. Gives how many documents were read. */
export async function rebuildIndexes(
  { services, tweetIndex, peopleIndex }: RebuildDeps,
  { onProgress, signal }: RebuildOptions = {},
): Promise<Rebuilt> {
  const call = () => systemCall('rebuild-search', { timeoutMs: PAGE_TIMEOUT_MS });
  const rebuilt: Rebuilt = { people: 0, tweets: 0 };
  const told = (index: keyof Rebuilt) => (done: number, total: number) => {
    rebuilt[index] = done;
    onProgress?.(index, done, total);
  };
  const people = async (afterId: string): Promise<Page<UserFacts>> => {
    const { users, total } = await services.users.listUsers(call(), { afterId, limit: PAGE_SIZE });
    return { items: users, total: Number(total) };
  };
  const tweets = async (afterId: string): Promise<Page<TweetContent>> => {
    const answer = await services.tweets.listTweets(call(), { afterId, limit: PAGE_SIZE });
    return { items: answer.tweets, total: Number(answer.total) };
  };
  await peopleIndex.rebuild(pages(people, personOf, { onPage: told('people'), signal }));
  await tweetIndex.rebuild(pages(tweets, tweetOf, { onPage: told('tweets'), signal }));
  return rebuilt;
}

/** All pages by id, the first of which tells how many items there are. */
async function* pages<Item extends { id: string }>(
  read: (afterId: string) => Promise<Page<Item>>,
  toWrite: (item: Item) => Write,
  { onPage, signal }: { onPage(done: number, total: number): void; signal: AbortSignal | undefined },
): RebuildSource {
  let [afterId, done, expected] = ['', 0, 0];
  for (;;) {
    signal?.throwIfAborted();
    const { items, total } = await read(afterId);
    expected ||= total;
    if (items.length > 0) yield items.map(toWrite);
    done += items.length;
    onPage(done, Math.max(done, expected));
    if (items.length < PAGE_SIZE) return;
    afterId = items.at(-1)?.id ?? '';
  }
}

/** A deleted tweet leaves its version in the index, as its event does. */
function tweetOf({ revision: version, state, ...tweet }: TweetContent): Write {
  if (state === 'deleted') return { kind: 'delete', version, id: tweet.id };
  const { id, authorId, text, hashtags, mentionedIds } = tweet;
  const parentAuthorId = tweet.parentAuthorId || null;
  return {
    kind: 'put',
    version,
    document: tweetDocument({ tweetId: id, authorId, text, hashtags, mentionedIds, parentAuthorId }),
  };
}

function personOf({ id, handle, name, state, revision: version }: UserFacts): Write {
  if (state !== 'active') return { kind: 'delete', version, id };
  return { kind: 'put', version, document: personDocument({ userId: id, handle, name }) };
}
