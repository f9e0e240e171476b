import type { TransportCode } from '@starling/kit/errors.ts';
import { LONE_SURROGATE, NUL, type Ids, type Input } from './world.ts';

/** What is wrong, the query with its variables, and the one error that is told. */
export type BadQuery = [what: string, query: string, variables: (ids: Ids) => Input, code: TransportCode];

const ARGS = 'first: $first, after: $after';
const EDGES = '{ edges { cursor } }';
const ofNobody = (field: string, more = '') =>
  `query ($first: Int!, $after: String) { ${field}(${ARGS}${more}) ${EDGES} }`;
const ofViewer = (field: string) => `query ($first: Int!, $after: String) { viewer { ${field}(${ARGS}) ${EDGES} } }`;
const ofTweet = (field: string, tweet = 'tweet(id: $id)') =>
  `query ($first: Int!, $after: String, $id: ID!) { ${tweet} { ${field}(${ARGS}) ${EDGES} } }`;

/** Every list there is. */
export const PAGES = {
  homeTimeline: ofNobody('homeTimeline'),
  'homeTimeline, ranked': ofNobody('homeTimeline', ', order: RANKED'),
  searchTweets: ofNobody('searchTweets', ', query: "mine"'),
  searchUsers: ofNobody('searchUsers', ', query: "friend"'),
  bookmarks: ofNobody('bookmarks'),
  followRequests: ofNobody('followRequests'),
  blockedUsers: ofNobody('blockedUsers'),
  mutedUsers: ofNobody('mutedUsers'),
  followedHashtags: ofNobody('followedHashtags'),
  'User.tweets': ofViewer('tweets'),
  'User.followers': ofViewer('followers'),
  'User.following': ofViewer('following'),
  'Tweet.likedBy': ofTweet('likedBy'),
  'Tweet.retweetedBy': ofTweet('retweetedBy'),
  'Tweet.replies': ofTweet('replies'),
  'Conversation.replies': ofTweet('replies', 'conversation(tweetId: $id)'),
};

const HOME_AS_OF = `query ($asOf: DateTime) { homeTimeline(first: 1, asOf: $asOf) ${EDGES} }`;

/** With the tweet, where a list is one of a tweet's. */
export const variablesOf = (ids: Ids, query: string, rest: Input): Input =>
  query.includes('$id') ? { id: ids.own, ...rest } : rest;

export const BAD_PAGES = Object.entries(PAGES).flatMap(([path, query]): BadQuery[] => [
  ...[0, 101, -1].map((first): BadQuery => [
    `${path}, first: ${first}`,
    query,
    (ids) => variablesOf(ids, query, { first }),
    'BAD_USER_INPUT',
  ]),
  ...[
    'garbage',
    '',
    'WzEsImhvbWUiXQ',
    '\u0000',
    '🦜',
    'x'.repeat(5_000),
    Buffer.from('[1,"foreign","1"]').toString('base64url'),
  ].map((after): BadQuery => [
    `${path}, after: ${JSON.stringify(after).slice(0, 30)}`,
    query,
    (ids) => variablesOf(ids, query, { first: 5, after }),
    'BAD_CURSOR',
  ]),
]);

export const BAD_ARGUMENTS: readonly BadQuery[] = [
  ['a page size beyond 32 bits', PAGES.homeTimeline, () => ({ first: 2_147_483_648 }), 'BAD_USER_INPUT'],
  ['half a tweet', PAGES.homeTimeline, () => ({ first: 1.5 }), 'BAD_USER_INPUT'],
  ['a page size in words', PAGES.homeTimeline, () => ({ first: 'ten' }), 'BAD_USER_INPUT'],
  ['no page size', PAGES.homeTimeline, () => ({}), 'BAD_USER_INPUT'],
  [
    'a timeline of tomorrow',
    HOME_AS_OF,
    () => ({ asOf: new Date(Date.now() + 86_400_000).toISOString() }),
    'BAD_USER_INPUT',
  ],
  ['a timeline of some day', HOME_AS_OF, () => ({ asOf: 'yesterday' }), 'BAD_USER_INPUT'],
  ['a timeline of a day without a time', HOME_AS_OF, () => ({ asOf: '2026-02-01' }), 'BAD_USER_INPUT'],
  ['a tweet by a malformed id', '{ tweet(id: "abc") { id } }', () => ({}), 'BAD_USER_INPUT'],
  [
    'tweets with one malformed id',
    'query ($ids: [ID!]!) { tweets(ids: $ids) { id } }',
    (ids) => ({ ids: [ids.own, LONE_SURROGATE] }),
    'BAD_USER_INPUT',
  ],
  [
    '101 tweets',
    'query ($ids: [ID!]!) { tweets(ids: $ids) { id } }',
    (ids) => ({ ids: Array<string>(101).fill(ids.own) }),
    'BAD_USER_INPUT',
  ],
  ['a conversation by a malformed id', '{ conversation(tweetId: "1") { tweet { id } } }', () => ({}), 'BAD_USER_INPUT'],
  ['a person by a malformed id', '{ user(id: "0") { id } }', () => ({}), 'BAD_USER_INPUT'],
  [
    'a person by id and handle',
    'query ($id: ID!) { user(id: $id, handle: "ada") { id } }',
    (ids) => ({ id: ids.self }),
    'BAD_USER_INPUT',
  ],
  ['a person by nothing', '{ user { id } }', () => ({}), 'BAD_USER_INPUT'],
  [
    'people with one malformed id',
    'query ($ids: [ID!]!) { users(ids: $ids) { id } }',
    () => ({ ids: [NUL] }),
    'BAD_USER_INPUT',
  ],
  [
    '101 people',
    'query ($ids: [ID!]!) { users(ids: $ids) { id } }',
    (ids) => ({ ids: Array<string>(101).fill(ids.self) }),
    'BAD_USER_INPUT',
  ],
  ...['', '   ', '""', 'since:yesterday', `q`.repeat(501), LONE_SURROGATE, NUL].map((query): BadQuery => [
    `a search for ${JSON.stringify(query).slice(0, 20)}`,
    'query ($query: String!) { searchTweets(query: $query, first: 5) { edges { cursor } } }',
    () => ({ query }),
    'BAD_USER_INPUT',
  ]),
  ...['', LONE_SURROGATE, NUL, 'p'.repeat(501)].flatMap((text): BadQuery[] => [
    [
      `people called ${JSON.stringify(text).slice(0, 20)}`,
      'query ($text: String!) { searchUsers(query: $text, first: 5) { edges { cursor } } }',
      () => ({ text }),
      'BAD_USER_INPUT',
    ],
    [
      `a suggestion for ${JSON.stringify(text).slice(0, 20)}`,
      'query ($text: String!) { suggest(prefix: $text) { __typename } }',
      () => ({ text }),
      'BAD_USER_INPUT',
    ],
  ]),
  ['no suggestions', '{ suggest(prefix: "a", first: 0) { __typename } }', () => ({}), 'BAD_USER_INPUT'],
  [
    'an input without its text',
    'mutation ($input: PostTweetInput!) { postTweet(input: $input) { tweet { id } } }',
    () => ({ input: {} }),
    'BAD_USER_INPUT',
  ],
  [
    'an input with a field too many',
    'mutation ($input: PostTweetInput!) { postTweet(input: $input) { tweet { id } } }',
    () => ({ input: { text: 'a', authorId: '1' } }),
    'BAD_USER_INPUT',
  ],
  [
    'a text that is a number',
    'mutation ($input: PostTweetInput!) { postTweet(input: $input) { tweet { id } } }',
    () => ({ input: { text: 5 } }),
    'BAD_USER_INPUT',
  ],
  [
    'an id that is an object',
    'mutation ($input: LikeTweetInput!) { likeTweet(input: $input) { tweet { id } } }',
    () => ({ input: { tweetId: { gt: '' } } }),
    'BAD_USER_INPUT',
  ],
];
