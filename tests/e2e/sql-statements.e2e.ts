import { afterAll, beforeAll, expect, test } from 'vitest';
import { act, post, register, relate, type Someone } from './support/people.ts';
import { statementsOf } from '@starling/kit/testing/sql-statements.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

const AUTHORS = 41;
/** Two answers that come in the same moment are followed up in one batch, else in two. */
const JITTER = 2;

let stack: TestStack;
let viewer: Someone;
let rootId: string;

/** Everybody follows the viewer and is followed, answers the viewer's tweet, likes and retweets it. */
beforeAll(async () => {
  // An audit would be counted with what is read meanwhile, as would a look at who is famous.
  stack = await startTestStack({ timeline: { auditEveryMs: 0 }, graph: { fameNoticeMs: 3_600_000 } });
  viewer = await register(stack, 'vera');
  rootId = await post(viewer, 'Who is there');
  const authors = await Promise.all(Array.from({ length: AUTHORS }, (_, index) => register(stack, `author${index}`)));
  for (const author of authors) {
    await Promise.all([relate(viewer, 'follow', author), relate(author, 'follow', viewer)]);
    const id = await post(author, { text: `Here is @${author.handle} #present`, replyToId: rootId });
    await Promise.all([act(author, 'likeTweet', rootId), act(author, 'retweet', rootId), act(viewer, 'likeTweet', id)]);
  }
  await stack.drain();
});
afterAll(() => stack?.stop());

const TWEET = `{
  id text createdAt likeCount retweetCount replyCount quoteCount viewerHasLiked viewerHasRetweeted viewerHasBookmarked
  author { id handle name followerCount viewerFollows followsViewer }
  entities { kind value user { handle } }
  inReplyTo { id text author { handle } }
  quoted { id text author { handle } }
  unavailable { reason }
}`;
const PERSON = '{ id handle name bio followerCount followingCount viewerFollows followsViewer viewerMutes }';
const edges = (node: string) => `{ edges { node ${node} } pageInfo { hasNextPage endCursor } }`;

/** A page, and how many statements it may cost when nothing is cached, and when everything is. */
const PAGES: readonly [what: string, path: string, query: string, cold: number, warm: number][] = [
  [
    'the home timeline',
    'homeTimeline',
    `homeTimeline(first: $first) { edges { node ${TWEET} retweetedBy { handle } } }`,
    // Every other entry retweets the same tweet, so that a page looks further for who has.
    18,
    0,
  ],
  [
    'the ranked home timeline',
    'homeTimeline',
    `homeTimeline(first: $first, order: RANKED) { edges { node ${TWEET} retweetedBy { handle } rank { score } } }`,
    18,
    11,
  ],
  [
    'a conversation',
    'conversation.replies',
    `conversation(tweetId: $id) { ancestors ${TWEET} tweet ${TWEET} replies(first: $first) ${edges(TWEET)} }`,
    17,
    2,
  ],
  ['replies', 'tweet.replies', `tweet(id: $id) { replies(first: $first) ${edges(TWEET)} }`, 13, 1],
  ['a search for tweets', 'searchTweets', `searchTweets(query: "#present", first: $first) ${edges(TWEET)}`, 17, 4],
  ['a search for people', 'searchUsers', `searchUsers(query: "author", first: $first) ${edges(PERSON)}`, 11, 4],
  ['followers', 'viewer.followers', `viewer { followers(first: $first) ${edges(PERSON)} }`, 9, 1],
  ['followees', 'viewer.following', `viewer { following(first: $first) ${edges(PERSON)} }`, 9, 1],
  ['likers', 'tweet.likedBy', `tweet(id: $id) { likedBy(first: $first) ${edges(PERSON)} }`, 10, 1],
  ['retweeters', 'tweet.retweetedBy', `tweet(id: $id) { retweetedBy(first: $first) ${edges(PERSON)} }`, 10, 1],
];

test.each(PAGES)('a page of %s costs a few statements, however long it is', async (_what, path, field, cold, warm) => {
  const query = `query ($first: Int!${field.includes('$id') ? ', $id: ID!' : ''}) { ${field} }`;
  const read = async (first: number) => {
    const variables = field.includes('$id') ? { first, id: rootId } : { first };
    const data = await viewer.get<unknown>(query, variables);
    const list = path.split('.').reduce((value, key) => (value as Record<string, unknown>)[key], data);
    expect((list as { edges: unknown[] }).edges).toHaveLength(first);
  };
  await read(1);

  const costs: Record<string, number> = {};
  for (const first of [20, 40]) {
    await stack.dropImages();
    const whenCold = await statementsOf(() => read(first));
    // Behind that read a list is stored, for which the next one waits.
    await read(first);
    const whenWarm = await statementsOf(() => read(first));
    expect(whenCold.length).toBeGreaterThan(0);
    costs[`${first} cold`] = whenCold.length;
    costs[`${first} warm`] = whenWarm.length;
  }
  expect(costs['40 cold']).toBeLessThanOrEqual((costs['20 cold'] ?? 0) + JITTER);
  expect(costs['40 warm']).toBeLessThanOrEqual((costs['20 warm'] ?? 0) + JITTER);
  expect(costs['20 cold']).toBeLessThanOrEqual(cold);
  expect(costs['20 warm']).toBeLessThanOrEqual(warm);
});

test('the tweets of everybody on a list cost one statement a person', async () => {
  const query = `query ($first: Int!) { viewer { followers(first: $first) { edges { node { tweets(first: 3) { edges { node { text } } } } } } } }`;
  const cost = async (first: number) => (await statementsOf(() => viewer.get(query, { first }))).length;
  await cost(20);
  const [ten, twenty] = [await cost(10), await cost(20)];
  expect(twenty - ten).toBeLessThanOrEqual(10 + JITTER);
});
