import { statementsOf } from '@starling/kit/testing/sql-statements.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, COUNTS, post, see } from './testing/operations.ts';
import { openTestTweets, type TestTweets } from './testing/test-tweets.ts';

let tweets: TestTweets;
let ada: string;
let ben: string;
beforeAll(async () => {
  tweets = await openTestTweets();
  ada = tweets.addPerson('ada');
  ben = tweets.addPerson('ben');
});
afterAll(() => tweets.close());

const EVERYTHING = `text createdAt author { id } entities { value } inReplyTo { id } conversationId quoted { id } ${COUNTS}
  viewerHasLiked viewerHasRetweeted viewerHasBookmarked
  likedBy(first: 5) { edges { node { id } } } retweetedBy(first: 5) { edges { node { id } } } replies(first: 5) { edges { node { id } } }`;

describe('a tweet that may not be shown', () => {
  it.each([
    ['DELETED', () => {}],
    ['AUTHOR_DEACTIVATED', (author: string) => tweets.changePerson(author, { state: 'deactivated' })],
    ['AUTHOR_SUSPENDED', (author: string) => tweets.changePerson(author, { state: 'suspended' })],
    ['AUTHOR_ERASED', (author: string) => tweets.changePerson(author, { state: 'erased' })],
    ['BLOCKED_BY_AUTHOR', (author: string) => tweets.relate(ben, author, { blockedBy: true })],
    ['AUTHOR_BLOCKED', (author: string) => tweets.relate(ben, author, { blocking: true })],
    ['AUTHOR_PRIVATE', (author: string) => tweets.changePerson(author, { isPrivate: true })],
    ['WITHHELD', () => {}],
  ])('says %s and nothing else, on every path', async (reason, happen) => {
    const author = tweets.addPerson(`author-${reason}`);
    const id = await post(tweets, author, { text: 'hello @ada' });
    const reply = await post(tweets, ada, { text: 'reply', replyToId: id, quotedId: id });
    await act(tweets, ada, 'likeTweet', id);
    await act(tweets, ben, 'bookmarkTweet', id);
    happen(author);
    if (reason === 'DELETED') await act(tweets, author, 'deleteTweet', id);
    if (reason === 'WITHHELD') await tweets.pool.query(`UPDATE tweet SET state = 'withheld' WHERE id = $1`, [id]);
    if (reason === 'WITHHELD') await tweets.forgetting.forget({ entryIds: [id] });

    const tombstone = { id, text: null, unavailable: { reason } };
    const hidden = (await see(tweets, ben, id, `id unavailable { reason } ${EVERYTHING}`)) as Record<string, unknown>;
    expect(Object.entries(hidden).filter(([, value]) => value !== null)).toEqual([
      ['id', id],
      ['unavailable', { reason }],
    ]);
    const brief = 'id text unavailable { reason }';
    expect(await see(tweets, ben, reply, `inReplyTo { ${brief} } quoted { ${brief} }`)).toEqual({
      inReplyTo: tombstone,
      quoted: tombstone,
    });
    const { data } = await tweets.run(
      ben,
      `query($id: ID!, $ids: [ID!]!, $reply: ID!) {
        tweets(ids: $ids) { ${brief} }
        conversation(tweetId: $reply) { ancestors { ${brief} } }
        bookmarks(first: 1) { edges { node { ${brief} } } }
        _entities(representations: [{ __typename: "Tweet", id: $id }]) { ... on Tweet { ${brief} } }
      }`,
      { id, ids: [id], reply },
    );
    expect(data).toEqual({
      tweets: [tombstone],
      conversation: { ancestors: [tombstone] },
      bookmarks: { edges: [{ node: tombstone }] },
      _entities: [tombstone],
    });
  });

  it('is shown to somebody who merely mutes its author', async () => {
    const loud = tweets.addPerson('loud');
    tweets.relate(ben, loud, { muting: true });
    const id = await post(tweets, loud, { text: 'LOUD' });
    expect(await see(tweets, ben, id, 'text unavailable { reason }')).toEqual({ text: 'LOUD', unavailable: null });
  });
});

describe('a conversation', () => {
  it('leads from the first tweet down, and pages through replies oldest first', async () => {
    const chain = [await post(tweets, ada, { text: '0' })];
    for (let index = 1; index < 5; index += 1)
      chain.push(await post(tweets, ben, { text: `${index}`, replyToId: chain[index - 1] ?? '' }));
    const replies = [chain[3] ?? ''];
    for (let index = 0; index < 4; index += 1)
      replies.push(await post(tweets, ada, { text: `r${index}`, replyToId: chain[2] ?? '' }));
    await act(tweets, ada, 'deleteTweet', replies[2] ?? '');
    const query = `query($id: ID!, $after: String) { conversation(tweetId: $id) {
      ancestors { id } tweet { id replyCount } replies(first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }`;
    type Page = { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const { data } = await tweets.run(ben, query, { id: chain[2], after });
      const conversation = data?.conversation as { ancestors: { id: string }[]; tweet: object; replies: Page };
      expect(conversation.ancestors.map(({ id }) => id)).toEqual(chain.slice(0, 2));
      expect(conversation.tweet).toEqual({ id: chain[2], replyCount: 4 });
      seen.push(...conversation.replies.edges.map(({ node }) => node.id));
      after = conversation.replies.pageInfo.endCursor;
      if (!conversation.replies.pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(replies);
  });

  it('is null for what never was', async () => {
    const { data } = await tweets.run(null, '{ conversation(tweetId: "1234567890123456789") { tweet { id } } }');
    expect(data).toEqual({ conversation: null });
  });
});

describe('the people of a tweet', () => {
  it('come latest first, without those whom the viewer may not see, and pages join without a seam', async () => {
    const id = await post(tweets, ada, { text: 'liked' });
    const fans = Array.from({ length: 9 }, (_, index) => tweets.addPerson(`fan${index}`));
    for (const [index, fan] of fans.entries()) {
      tweets.clock.now += index % 3 === 0 ? 1 : 0;
      await act(tweets, fan, 'likeTweet', id);
      await act(tweets, fan, 'retweet', id);
    }
    tweets.relate(ben, fans[4] ?? '', { blockedBy: true });
    tweets.changePerson(fans[7] ?? '', { state: 'deactivated' });
    const visible = fans.filter((_, index) => index !== 4 && index !== 7);
    for (const list of ['likedBy', 'retweetedBy']) {
      const seen: string[] = [];
      for (let after: string | null = null; ;) {
        const { data, errors } = await tweets.run(
          ben,
          `query($id: ID!, $after: String) { tweet(id: $id) { page: ${list}(first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }`,
          { id, after },
        );
        expect(errors).toBeUndefined();
        const { page } = data?.tweet as {
          page: { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
        };
        seen.push(...page.edges.map(({ node }) => node.id));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }
      expect(new Set(seen)).toEqual(new Set(visible));
      expect(seen).toHaveLength(visible.length);
      if (list === 'retweetedBy') expect(seen).toEqual(visible.toReversed());
    }
  });
});

describe('bad arguments', () => {
  it.each([
    ['{ tweet(id: "abc") { id } }', 'BAD_USER_INPUT'],
    ['{ tweets(ids: ["1234567890123456789", "x"]) { id } }', 'BAD_USER_INPUT'],
    [`{ tweets(ids: [${'"1234567890123456789",'.repeat(101)}]) { id } }`, 'BAD_USER_INPUT'],
    ['{ conversation(tweetId: "") { tweet { id } } }', 'BAD_USER_INPUT'],
    ['{ bookmarks(first: 0) { edges { cursor } } }', 'BAD_USER_INPUT'],
    ['{ bookmarks(first: 101) { edges { cursor } } }', 'BAD_USER_INPUT'],
    ['{ bookmarks(first: -1) { edges { cursor } } }', 'BAD_USER_INPUT'],
    ['{ bookmarks(first: 1, after: "nonsense") { edges { cursor } } }', 'BAD_CURSOR'],
    [
      '{ bookmarks(first: 1, after: "WzEsImxpa2VkQnkiLDEsIjEyMzQ1Njc4OTAxMjM0NTY3ODkiXQ") { edges { cursor } } }',
      'BAD_CURSOR',
    ],
  ])('%s ends with %s', async (query, code) => {
    const { errors } = await tweets.run(ada, query);
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual([code]);
  });

  it('gives null for ids that never were, also as entities', async () => {
    const query = `{ tweet(id: "1234567890123456789") { id }
      tweets(ids: ["1234567890123456789"]) { id }
      _entities(representations: [{ __typename: "Tweet", id: "nonsense" }]) { ... on Tweet { id } } }`;
    expect((await tweets.run(null, query)).data).toEqual({ tweet: null, tweets: [null], _entities: [null] });
  });
});

it('hydrates 20 tweets of 20 authors with one statement for content, one for counters and one for marks, and with none once they are cached', async () => {
  const ids: string[] = [];
  for (let index = 0; index < 20; index += 1)
    ids.push(await post(tweets, tweets.addPerson(`author${index}`), { text: `${index}` }));
  const representations = ids.map((id) => ({ __typename: 'Tweet', id }));
  const query = `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Tweet {
    id text createdAt author { id } ${COUNTS} unavailable { reason } viewerHasLiked viewerHasRetweeted viewerHasBookmarked } } }`;
  await tweets.cache.clear();
  const cold = await costOf(() => tweets.run(ben, query, { representations }));
  const warm = await costOf(() => tweets.run(ben, query, { representations }));
  const anonymous = await costOf(() => tweets.run(null, query, { representations }));
  expect({ cold, warm, anonymous }).toEqual({
    cold: { statements: 3, getUsers: 1, getRelationsTo: 1 },
    warm: { statements: 0, getUsers: 1, getRelationsTo: 1 },
    anonymous: { statements: 0, getUsers: 1, getRelationsTo: 0 },
  });
});

async function costOf(work: () => ReturnType<TestTweets['run']>) {
  const { getUsers, getRelationsTo } = tweets.asked;
  const statements = await statementsOf(async () => expect((await work()).errors).toBeUndefined());
  return {
    statements: statements.length,
    getUsers: tweets.asked.getUsers - getUsers,
    getRelationsTo: tweets.asked.getRelationsTo - getRelationsTo,
  };
}
