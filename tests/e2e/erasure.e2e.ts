import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor } from './support/client.ts';
import { act, editProfile, home, PASSWORD, post, register, relate, search, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

/** Everything that the person has told us, none of it a word that could be there by chance. */
const SECRETS = ['zerlinde', 'Zerlinde Zwetschge', 'quittenbrot', 'mirabellen', 'schlehenhain', 'zerlinde.example'];

/** Where it must be found at first. Kafka is not looked into: its records go by their age, and nobody erases them. */
const STORES = { embedded: ['users', 'tweets', 'search', 'log'], servers: ['users', 'tweets', 'search'] };

let stack: TestStack;
let zerlinde: Someone;
let friend: Someone;
let ids: Record<'own' | 'reply' | 'answer' | 'quote' | 'ofFriend' | 'mention', string>;

beforeAll(async () => {
  stack = await startTestStack({ gateway: { sessionTtlMs: 0 } });
  [zerlinde, friend] = await Promise.all([register(stack, 'zerlinde'), register(stack, 'friend')]);
});
afterAll(() => stack?.stop());

/** The person deals with the friend in every way there is, without waiting for any event. */
async function live(): Promise<void> {
  await editProfile(zerlinde, {
    name: 'Zerlinde Zwetschge',
    bio: 'I like quittenbrot',
    location: 'schlehenhain',
    website: 'https://zerlinde.example/',
  });
  await relate(zerlinde, 'follow', friend);
  await relate(friend, 'follow', zerlinde);
  const ofFriend = await post(friend, 'What do you like');
  const own = await post(zerlinde, {
    text: 'mirabellen #mirabellen https://zerlinde.example/',
    idempotencyKey: 'mirabellen',
  });
  const reply = await post(zerlinde, { text: 'mirabellen, of course', replyToId: ofFriend });
  const answer = await post(friend, { text: 'Who does not', replyToId: reply });
  const quote = await post(friend, { text: 'Well said', quotedId: own });
  await post(zerlinde, { text: 'mirabellen again', quotedId: ofFriend });
  const mention = await post(friend, 'Is that you, @zerlinde?');
  for (const verb of ['likeTweet', 'retweet', 'bookmarkTweet'] as const) await act(zerlinde, verb, ofFriend);
  for (const verb of ['likeTweet', 'retweet', 'bookmarkTweet'] as const) await act(friend, verb, own);
  ids = { own, reply, answer, quote, ofFriend, mention };
}

async function eraseZerlinde(): Promise<void> {
  const { eraseAccount } = await zerlinde.get<{ eraseAccount: { erasedUserId: string; userErrors: object[] } }>(
    'EraseAccount',
    { input: { password: PASSWORD } },
  );
  expect(eraseAccount).toEqual({ erasedUserId: zerlinde.id, userErrors: [] });
}

test('before, all of it is found: the search for it works', async () => {
  await live();
  await stack.drain();
  const found = await stack.findTexts(SECRETS);
  for (const secret of SECRETS) expect(found.map(({ text }) => text)).toContain(secret);
  const stores = new Set(found.map(({ place }) => place.split('.')[0]));
  expect([...stores]).toEqual(expect.arrayContaining(STORES[stack.kind]));
  expect(await search(friend, 'mirabellen')).toHaveLength(3);
});

test('nothing the person told is left in any table, index or key', async () => {
  // Some of it is still on its way when the person goes.
  await post(zerlinde, 'mirabellen one last time');
  await editProfile(zerlinde, { bio: 'quittenbrot, my last word' });
  await eraseZerlinde();
  await stack.drain();
  const left = await stack.findTexts(SECRETS);
  expect(left.filter(({ row }) => !row.includes(ids.mention))).toEqual([]);
  // What others wrote is theirs, the handle in it included.
  expect(left.map(({ place }) => place)).toEqual(expect.arrayContaining(['tweets.tweet']));
});

test('the counters of others are right, and nobody follows or is followed by the person', async () => {
  const { tweet, viewer } = await friend.get<{
    tweet: Record<string, number>;
    viewer: {
      followerCount: number;
      followingCount: number;
      followers: { edges: object[] };
      following: { edges: object[] };
    };
  }>(
    `query ($id: ID!) {
      tweet(id: $id) { likeCount retweetCount replyCount quoteCount }
      viewer { followerCount followingCount followers(first: 5) { edges { cursor } } following(first: 5) { edges { cursor } } }
    }`,
    { id: ids.ofFriend },
  );
  expect(tweet).toEqual({ likeCount: 0, retweetCount: 0, replyCount: 0, quoteCount: 0 });
  const nobody = { edges: [] };
  expect(viewer).toEqual({ followerCount: 0, followingCount: 0, followers: nobody, following: nobody });
});

const TOMBSTONE = { text: null, author: null, unavailable: { reason: 'DELETED' } };
const SEEN = '{ text author { handle } unavailable { reason } }';

test('searches and timelines drop what the person wrote, conversations keep its place', async () => {
  for (const query of ['mirabellen', '#mirabellen', 'from:zerlinde']) expect(await search(friend, query)).toEqual([]);
  expect(await home(friend)).toEqual([ids.mention, ids.quote, ids.answer, ids.ofFriend]);
  const seen = await friend.get<Record<string, unknown>>(
    `query ($own: ID!, $answer: ID!, $quote: ID!, $ofFriend: ID!, $mention: ID!, $id: ID!) {
      own: tweet(id: $own) ${SEEN}
      quote: tweet(id: $quote) { text quoted ${SEEN} }
      answer: conversation(tweetId: $answer) { tweet { text } ancestors { text } }
      question: conversation(tweetId: $ofFriend) { replies(first: 5) { edges { node ${SEEN} } } }
      mention: tweet(id: $mention) { text entities { value user { handle } } }
      bookmarks(first: 5) { edges { node ${SEEN} } }
      byId: user(id: $id) { id } byHandle: user(handle: "zerlinde") { id }
      searchUsers(query: "zerlinde", first: 5) { edges { node { id } } }
      suggest(prefix: "zerl") { __typename }
    }`,
    { ...ids, id: zerlinde.id },
  );
  expect(seen).toEqual({
    own: TOMBSTONE,
    quote: { text: 'Well said', quoted: TOMBSTONE },
    answer: { tweet: { text: 'Who does not' }, ancestors: [{ text: 'What do you like' }, { text: null }] },
    question: { replies: { edges: [{ node: TOMBSTONE }] } },
    mention: { text: 'Is that you, @zerlinde?', entities: [{ value: 'zerlinde', user: null }] },
    bookmarks: { edges: [{ node: TOMBSTONE }] },
    byId: null,
    byHandle: null,
    searchUsers: { edges: [] },
    suggest: [],
  });
});

test('no token of the person is worth anything, and nobody can pose as them', async () => {
  const refused = await zerlinde.ask('{ viewer { id } }');
  expect([refused.status, refused.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  const anybody = openDoor(stack.port);
  const { refreshSession } = await anybody.get<Refusal<'refreshSession'>>('RefreshSession', {
    input: { refreshToken: zerlinde.refreshToken },
  });
  expect(refreshSession.userErrors.map(({ code }) => code)).toEqual(['INVALID_TOKEN']);
  for (const login of ['zerlinde', 'zerlinde@example.org']) {
    const { login: answer } = await anybody.get<Refusal<'login'>>('Login', { input: { login, password: PASSWORD } });
    expect(answer.userErrors.map(({ code }) => code)).toEqual(['WRONG_CREDENTIALS']);
  }
  const again = { handle: 'Zerlinde', name: 'Z', email: 'zerlinde@example.org', password: PASSWORD };
  const { register: answer } = await anybody.get<Refusal<'register'>>('Register', { input: again });
  expect(answer.userErrors.map(({ code, field }) => [code, field])).toEqual([['TAKEN', ['handle']]]);
});

type Refusal<Name extends string> = { [key in Name]: { userErrors: { code: string; field: string[] | null }[] } };

test('an erasing that is told again, to a stack that has forgotten what it held in memory, changes nothing', async () => {
  stack = await stack.restart();
  await stack.operators.erase(zerlinde.id);
  await stack.drain();
  const left = await stack.findTexts(SECRETS);
  expect(left.filter(({ row }) => !row.includes(ids.mention))).toEqual([]);
});
