import type * as Embedded from '@starling/kit/cache/embedded.ts';
import type * as Versioned from '@starling/kit/cache/versioned-embedded.ts';
import { statementsOf } from '@starling/kit/testing/sql-statements.ts';
import type * as Timelines from '@starling/timeline/timeline-store/embedded.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { act, post, register, relate, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { storeCallsOf, wavesOf } from './support/store-calls.ts';
import { startTestStack } from './support/test-stack.ts';

vi.mock('@starling/kit/cache/embedded.ts', async (original) => {
  const real = await original<typeof Embedded>();
  const { farCache } = await import('./support/store-calls.ts');
  return { ...real, createEmbeddedCache: farCache(real.createEmbeddedCache) };
});
vi.mock('@starling/kit/cache/versioned-embedded.ts', async (original) => {
  const real = await original<typeof Versioned>();
  const { farImages } = await import('./support/store-calls.ts');
  return { ...real, createVersionedEmbeddedCache: farImages(real.createVersionedEmbeddedCache) };
});
vi.mock('@starling/timeline/timeline-store/embedded.ts', async (original) => {
  const real = await original<typeof Timelines>();
  const { farTimelines } = await import('./support/store-calls.ts');
  return { ...real, createEmbeddedTimelineStore: farTimelines(real.createEmbeddedTimelineStore) };
});

let stack: TestStack;
let viewer: Someone;

/** Tweets, answers, quotes and retweets of people whom the viewer follows, own ones, and those with a hashtag that is followed. */
beforeAll(async () => {
  // An audit would be counted with what is read meanwhile, as would a look at who is famous.
  stack = await startTestStack({ timeline: { auditEveryMs: 0 }, graph: { fameNoticeMs: 3_600_000 } });
  viewer = await register(stack, 'vera');
  const rootId = await post(viewer, 'Who is there');
  const authors = await Promise.all(Array.from({ length: 8 }, (_, index) => register(stack, `author${index}`)));
  for (const [index, author] of authors.entries()) {
    await relate(viewer, 'follow', author);
    await post(author, { text: `Here is @${author.handle} #present`, replyToId: rootId });
    const id = await post(author, { text: 'Look at this', quotedId: rootId });
    await act(authors[(index + 1) % authors.length] ?? author, 'retweet', id);
  }
  const hashtag = 'mutation { followHashtag(input: { tag: "present" }) { userErrors { code } } }';
  await viewer.get(hashtag);
  await stack.drain();
});
afterAll(() => stack?.stop());

const TWEET =
  'id text createdAt likeCount retweetCount replyCount quoteCount viewerHasLiked viewerHasRetweeted viewerHasBookmarked';
const AUTHOR = 'author { id handle name followerCount viewerFollows followsViewer }';
const page = (node: string) =>
  `query { homeTimeline(first: 20) { edges { node { ${node} } retweetedBy { handle } } } }`;

/**
 * 1 the viewer's relations, the list, and who was behind its entries last time, for the rules; 2 what its entries are, and the own
 * ones; then 3 the tweets, with all that their fields and rules ask for, 4 their authors.
 */
const WAVES = 4;
/** The relations, the lists, and what the subgraphs keep in the cache. */
const STORES = new Set(['images', 'timeline', 'tweets', 'users', 'graph']);
/** A busy machine may tear one wave into two; it never makes one of two. */
const READS = 5;

const PAGES: readonly [what: string, query: string][] = [
  ['tweets with their authors', page(`${TWEET} ${AUTHOR} unavailable { reason }`)],
  [
    'tweets with their authors and what they answer and quote',
    page(`${TWEET} ${AUTHOR} inReplyTo { id text ${AUTHOR} } quoted { id text ${AUTHOR} } unavailable { reason }`),
  ],
];

test.each(PAGES)('a warm home page of %s costs no statement and a few waves of store calls', async (_what, query) => {
  const read = () => viewer.get(query);
  await read();
  await read();
  expect(await statementsOf(read)).toEqual([]);
  const counts: number[] = [];
  for (let count = 0; count < READS; count += 1) {
    const calls = (await storeCallsOf(read)).filter(({ what }) => !what.startsWith('gateway:'));
    expect(new Set(calls.map(({ what }) => what.split(':')[0]))).toEqual(STORES);
    counts.push(wavesOf(calls).length);
  }
  expect(Math.min(...counts)).toBeLessThanOrEqual(WAVES);
});
