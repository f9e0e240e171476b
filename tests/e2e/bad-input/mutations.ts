import type { UserErrorCode } from '@starling/schema/error-codes.ts';
import { PASSWORD } from '../support/people.ts';
import { LONE_SURROGATE, NUL, UNKNOWN_ID, type Ids, type Input } from './world.ts';

/** What is wrong, the mutation, its input, and the one user error that is told. */
export type BadInput = [
  what: string,
  field: string,
  input: (ids: Ids) => Input,
  code: UserErrorCode,
  at: string | null,
];

const onTweet = (tweetId: (ids: Ids) => string) => (ids: Ids) => ({ tweetId: tweetId(ids) });
const onUser = (userId: (ids: Ids) => string) => (ids: Ids) => ({ userId: userId(ids) });
const newcomer = (change: Input) => () => ({
  ...{ handle: 'newcomer', name: 'New', email: 'new@example.org', password: PASSWORD },
  ...change,
});

export const BAD_POSTS: readonly BadInput[] = [
  ['an empty text', 'postTweet', () => ({ text: '' }), 'EMPTY', 'text'],
  ['white space', 'postTweet', () => ({ text: ' \n\t\u2003 ' }), 'EMPTY', 'text'],
  ['281 letters', 'postTweet', () => ({ text: 'a'.repeat(281) }), 'TOO_LONG', 'text'],
  ['141 emoji', 'postTweet', () => ({ text: '🦜'.repeat(141) }), 'TOO_LONG', 'text'],
  ['141 ideographs', 'postTweet', () => ({ text: '鳥'.repeat(141) }), 'TOO_LONG', 'text'],
  ['13 links', 'postTweet', () => ({ text: 'https://example.org/page '.repeat(13) }), 'TOO_LONG', 'text'],
  ['a megabyte of combining marks', 'postTweet', () => ({ text: 'e' + '\u0301'.repeat(60_000) }), 'TOO_LONG', 'text'],
  ['a lone surrogate', 'postTweet', () => ({ text: LONE_SURROGATE }), 'MALFORMED', 'text'],
  ['a lone low surrogate', 'postTweet', () => ({ text: '\udc00 first' }), 'MALFORMED', 'text'],
  ['a NUL', 'postTweet', () => ({ text: NUL }), 'MALFORMED', 'text'],
  ['a non-character', 'postTweet', () => ({ text: 'a\uffffb' }), 'MALFORMED', 'text'],
  ['an unknown parent', 'postTweet', () => ({ text: 'Re', replyToId: UNKNOWN_ID }), 'NOT_FOUND', 'replyToId'],
  ['a malformed parent', 'postTweet', () => ({ text: 'Re', replyToId: 'abc' }), 'MALFORMED', 'replyToId'],
  ['a deleted parent', 'postTweet', (ids) => ({ text: 'Re', replyToId: ids.deleted }), 'UNAVAILABLE', 'replyToId'],
  ['a blocker’s parent', 'postTweet', (ids) => ({ text: 'Re', replyToId: ids.ofBlocker }), 'BLOCKED', 'replyToId'],
  ['a private parent', 'postTweet', (ids) => ({ text: 'Re', replyToId: ids.ofPrivate }), 'NOT_ALLOWED', 'replyToId'],
  [
    'a parent of somebody away',
    'postTweet',
    (ids) => ({ text: 'Re', replyToId: ids.ofAway }),
    'UNAVAILABLE',
    'replyToId',
  ],
  ['an unknown quotation', 'postTweet', () => ({ text: 'Qu', quotedId: UNKNOWN_ID }), 'NOT_FOUND', 'quotedId'],
  ['a malformed quotation', 'postTweet', () => ({ text: 'Qu', quotedId: '-1' }), 'MALFORMED', 'quotedId'],
  ['a deleted quotation', 'postTweet', (ids) => ({ text: 'Qu', quotedId: ids.deleted }), 'UNAVAILABLE', 'quotedId'],
  ['a blocked quotation', 'postTweet', (ids) => ({ text: 'Qu', quotedId: ids.ofBlocked }), 'BLOCKED', 'quotedId'],
  ['an empty key', 'postTweet', () => ({ text: 'Key', idempotencyKey: '' }), 'EMPTY', 'idempotencyKey'],
  ['a long key', 'postTweet', () => ({ text: 'Key', idempotencyKey: 'k'.repeat(65) }), 'TOO_LONG', 'idempotencyKey'],
  [
    'a malformed key',
    'postTweet',
    () => ({ text: 'Key', idempotencyKey: LONE_SURROGATE }),
    'MALFORMED',
    'idempotencyKey',
  ],
  ['a NUL in a key', 'postTweet', () => ({ text: 'Key', idempotencyKey: NUL }), 'MALFORMED', 'idempotencyKey'],
  ['a key used before', 'postTweet', () => ({ text: 'Twice', idempotencyKey: 'once' }), 'KEY_REUSED', 'idempotencyKey'],
];

const TWEET_VERBS = ['retweet', 'likeTweet', 'bookmarkTweet'];
export const BAD_TARGETS: readonly BadInput[] = [
  ...TWEET_VERBS.flatMap((verb): BadInput[] => [
    ['a deleted tweet', verb, onTweet((ids) => ids.deleted), 'UNAVAILABLE', 'tweetId'],
    ['a tweet of one who blocks', verb, onTweet((ids) => ids.ofBlocker), 'BLOCKED', 'tweetId'],
    ['a tweet of one who is blocked', verb, onTweet((ids) => ids.ofBlocked), 'BLOCKED', 'tweetId'],
    ['a private tweet', verb, onTweet((ids) => ids.ofPrivate), 'NOT_ALLOWED', 'tweetId'],
    ['a tweet of one who is away', verb, onTweet((ids) => ids.ofAway), 'UNAVAILABLE', 'tweetId'],
  ]),
  ...[...TWEET_VERBS, 'deleteTweet', 'undoRetweet', 'unlikeTweet', 'removeBookmark'].flatMap((verb): BadInput[] => [
    ['an unknown tweet', verb, onTweet(() => UNKNOWN_ID), 'NOT_FOUND', 'tweetId'],
    ['a malformed id', verb, onTweet(() => '12e3'), 'MALFORMED', 'tweetId'],
    ['an empty id', verb, onTweet(() => ''), 'MALFORMED', 'tweetId'],
    ['an id with a NUL', verb, onTweet(() => NUL), 'MALFORMED', 'tweetId'],
    ['an id beyond 64 bits', verb, onTweet(() => '9'.repeat(19)), 'MALFORMED', 'tweetId'],
  ]),
  ['another’s tweet', 'deleteTweet', onTweet((ids) => ids.ofFriend), 'NOT_ALLOWED', 'tweetId'],
];

const USER_VERBS = ['follow', 'unfollow', 'block', 'unblock', 'mute', 'unmute'];
const ANSWERS = ['acceptFollowRequest', 'declineFollowRequest', 'cancelFollowRequest'];
export const BAD_PEOPLE: readonly BadInput[] = [
  ...[...USER_VERBS, ...ANSWERS].flatMap((verb): BadInput[] => [
    ['oneself', verb, onUser((ids) => ids.self), 'SELF', 'userId'],
    ['an unknown person', verb, onUser(() => UNKNOWN_ID), 'NOT_FOUND', 'userId'],
    ['a malformed id', verb, onUser(() => 'ada'), 'MALFORMED', 'userId'],
    ['a malformed text', verb, onUser(() => LONE_SURROGATE), 'MALFORMED', 'userId'],
  ]),
  ['one who blocks', 'follow', onUser((ids) => ids.blocker), 'BLOCKED', 'userId'],
  ['one who is away', 'follow', onUser((ids) => ids.away), 'UNAVAILABLE', 'userId'],
  ['one who never asked', 'acceptFollowRequest', onUser((ids) => ids.friend), 'NOT_FOUND', 'userId'],
];

const onTag = (tag: string) => () => ({ tag });
export const BAD_HASHTAGS: readonly BadInput[] = [
  ...['followHashtag', 'unfollowHashtag'].flatMap((verb): BadInput[] => [
    ['an empty hashtag', verb, onTag(''), 'EMPTY', 'tag'],
    ['a bare sign', verb, onTag(' # '), 'EMPTY', 'tag'],
    ['a long hashtag', verb, onTag('h'.repeat(101)), 'TOO_LONG', 'tag'],
    ['a malformed hashtag', verb, onTag(LONE_SURROGATE), 'MALFORMED', 'tag'],
    ['a NUL in a hashtag', verb, onTag(NUL), 'MALFORMED', 'tag'],
    ['marks that say nothing', verb, onTag('\u200d'), 'MALFORMED', 'tag'],
  ]),
  ['two words', 'followHashtag', onTag('two words'), 'MALFORMED', 'tag'],
  ['a number', 'followHashtag', onTag('#2026'), 'MALFORMED', 'tag'],
  ['two hashtags', 'followHashtag', onTag('#one#two'), 'MALFORMED', 'tag'],
  ['a handle', 'followHashtag', onTag('@ada'), 'MALFORMED', 'tag'],
];

export const BAD_ACCOUNTS: readonly BadInput[] = [
  ['an empty handle', 'register', newcomer({ handle: '' }), 'EMPTY', 'handle'],
  ['a long handle', 'register', newcomer({ handle: 'h'.repeat(16) }), 'TOO_LONG', 'handle'],
  ['a handle with a space', 'register', newcomer({ handle: 'new comer' }), 'MALFORMED', 'handle'],
  ['a handle of letters one cannot tell apart', 'register', newcomer({ handle: 'аdа' }), 'MALFORMED', 'handle'],
  ['a malformed handle', 'register', newcomer({ handle: LONE_SURROGATE }), 'MALFORMED', 'handle'],
  ['another’s handle', 'register', newcomer({ handle: 'ADA' }), 'TAKEN', 'handle'],
  ['a reserved handle', 'register', newcomer({ handle: 'admin' }), 'TAKEN', 'handle'],
  ['an empty name', 'register', newcomer({ name: ' ' }), 'EMPTY', 'name'],
  ['a long name', 'register', newcomer({ name: 'n'.repeat(51) }), 'TOO_LONG', 'name'],
  ['a name with a NUL', 'register', newcomer({ name: NUL }), 'MALFORMED', 'name'],
  ['no e-mail address', 'register', newcomer({ email: 'nowhere' }), 'MALFORMED', 'email'],
  ['another’s e-mail address', 'register', newcomer({ email: 'Ada@Example.org' }), 'TAKEN', 'email'],
  ['a short password', 'register', newcomer({ password: 'short' }), 'TOO_SHORT', 'password'],
  ['a long password', 'register', newcomer({ password: 'p'.repeat(257) }), 'TOO_LONG', 'password'],
  ['a malformed password', 'register', newcomer({ password: `${LONE_SURROGATE}123` }), 'MALFORMED', 'password'],
  ['a wrong password', 'login', () => ({ login: 'ada', password: 'wrong horse' }), 'WRONG_CREDENTIALS', null],
  ['an unknown login', 'login', () => ({ login: 'nemo', password: PASSWORD }), 'WRONG_CREDENTIALS', null],
  ['an empty login', 'login', () => ({ login: '', password: PASSWORD }), 'EMPTY', 'login'],
  ['a NUL login', 'login', () => ({ login: NUL, password: PASSWORD }), 'MALFORMED', 'login'],
  ['no refresh token', 'refreshSession', () => ({ refreshToken: 'garbage' }), 'INVALID_TOKEN', 'refreshToken'],
  [
    'a forged refresh token',
    'refreshSession',
    () => ({ refreshToken: 'A'.repeat(43) }),
    'INVALID_TOKEN',
    'refreshToken',
  ],
  [
    'an access token',
    'refreshSession',
    () => ({ refreshToken: 'eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl' }),
    'INVALID_TOKEN',
    'refreshToken',
  ],
  ['an empty new name', 'editProfile', () => ({ name: '' }), 'EMPTY', 'name'],
  ['no name', 'editProfile', () => ({ name: null }), 'EMPTY', 'name'],
  ['a long bio', 'editProfile', () => ({ bio: 'b'.repeat(161) }), 'TOO_LONG', 'bio'],
  ['a malformed bio', 'editProfile', () => ({ bio: LONE_SURROGATE }), 'MALFORMED', 'bio'],
  ['a long location', 'editProfile', () => ({ location: 'l'.repeat(31) }), 'TOO_LONG', 'location'],
  ['a script for a website', 'editProfile', () => ({ website: 'javascript:alert(1)' }), 'MALFORMED', 'website'],
  ['neither private nor not', 'editProfile', () => ({ isPrivate: null }), 'MALFORMED', 'isPrivate'],
  ['a taken new handle', 'editProfile', () => ({ handle: 'friend', bio: 'I am your friend' }), 'TAKEN', 'handle'],
  [
    'another’s password',
    'changePassword',
    () => ({ currentPassword: 'no', newPassword: 'new password' }),
    'WRONG_CREDENTIALS',
    'currentPassword',
  ],
  [
    'a short new password',
    'changePassword',
    () => ({ currentPassword: PASSWORD, newPassword: 'new' }),
    'TOO_SHORT',
    'newPassword',
  ],
  [
    'an unknown session',
    'revokeSession',
    () => ({ sessionId: '00000000-0000-4000-8000-000000000000' }),
    'NOT_FOUND',
    'sessionId',
  ],
  ['a malformed session', 'revokeSession', () => ({ sessionId: LONE_SURROGATE }), 'MALFORMED', 'sessionId'],
  ['no session at all', 'revokeSession', () => ({}), 'MALFORMED', null],
  ['a wrong password', 'deactivateAccount', () => ({ password: 'wrong horse' }), 'WRONG_CREDENTIALS', 'password'],
  ['a wrong password', 'eraseAccount', () => ({ password: 'wrong horse' }), 'WRONG_CREDENTIALS', 'password'],
];

export const RESULT: Readonly<Record<string, string>> = {
  register: 'user { id } accessToken refreshToken',
  login: 'user { id } accessToken refreshToken',
  refreshSession: 'user { id } accessToken refreshToken',
  revokeSession: 'sessions { id }',
  eraseAccount: 'erasedUserId',
  followHashtag: 'hashtag { tag }',
  unfollowHashtag: 'hashtag { tag }',
  ...Object.fromEntries(
    ['postTweet', ...TWEET_VERBS, 'deleteTweet', 'undoRetweet', 'unlikeTweet', 'removeBookmark'].map((verb) => [
      verb,
      'tweet { id }',
    ]),
  ),
};
