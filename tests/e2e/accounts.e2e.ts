import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor } from './support/client.ts';
import { act, asText, logIn, TOKENS, type Tokens } from './support/payloads.ts';
import {
  editProfile,
  home,
  PASSWORD,
  post,
  register,
  relate,
  search,
  withPassword,
  type Someone,
} from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let stack: TestStack;
let ada: Someone;
let ben: Someone;

beforeAll(async () => {
  stack = await startTestStack({ gateway: { sessionTtlMs: 0 } });
  [ada, ben] = await Promise.all([register(stack, 'ada'), register(stack, 'ben')]);
  await relate(ben, 'follow', ada);
});
afterAll(() => stack?.stop());

const nobody = () => openDoor(stack.port);
const login = (name: string) => logIn(stack, name);

test('a new handle is found at once, and the old one is free', async () => {
  const kim = await register(stack, 'kim');
  await editProfile(kim, { handle: 'Kimberley' });
  const byHandle = (handle: string) =>
    ben.get<{ user: { id: string; handle: string } | null }>('UserByHandle', { handle });
  expect((await byHandle('kimberley')).user).toMatchObject({ id: kim.id, handle: 'Kimberley' });
  expect((await byHandle('kim')).user).toBeNull();
  expect((await login('kimberley')).user?.id).toBe(kim.id);
  const { user, userErrors } = await act<Tokens>(
    nobody(),
    'register',
    { handle: 'kim', name: 'Another', email: 'other@example.org', password: PASSWORD },
    TOKENS,
  );
  expect([userErrors, user?.id === kim.id]).toEqual([[], false]);
});

test('who goes away is hidden everywhere, reads on, writes nothing, and comes back with everything', async () => {
  const id = await post(ada, 'Here I am, with a xylophone');
  await stack.drain();
  const shown = async () => ({
    user: (await ben.get<{ user: object | null }>('UserByHandle', { handle: 'ada' })).user !== null,
    home: (await home(ben)).includes(id),
    search: (await search(ben, 'xylophone')).includes(id),
    people:
      (await ben.get<{ searchUsers: { edges: object[] } }>('SearchUsers', { query: 'ada', first: 5 })).searchUsers.edges
        .length > 0,
    tweet: (await ben.get<{ tweet: { text: string | null } }>('TweetById', { id })).tweet.text !== null,
    followee:
      (
        await ben.get<{ viewer: { following: { edges: object[] } } }>(
          '{ viewer { following(first: 5) { edges { cursor } } } }',
        )
      ).viewer.following.edges.length > 0,
  });
  const everywhere = { user: true, home: true, search: true, people: true, tweet: true, followee: true };
  const nowhere = { user: false, home: false, search: false, people: false, tweet: false, followee: false };
  expect(await shown()).toEqual(everywhere);

  await withPassword(ada, 'deactivateAccount');
  expect({ ...(await shown()), people: false }).toEqual(nowhere);
  await stack.drain();
  expect(await shown()).toEqual(nowhere);
  expect(await home(ada)).toContain(id);
  for (const [field, input, selection] of [
    ['postTweet', { text: 'Still here' }, 'tweet { id }'],
    ['likeTweet', { tweetId: id }, 'tweet { id }'],
    ['follow', { userId: ben.id }, 'user { id }'],
    ['editProfile', { name: 'Away' }, 'user { id }'],
  ] as const)
    expect([field, asText(await act(ada, field, input, selection))]).toEqual([field, ['ACCOUNT_NOT_ACTIVE']]);

  const { accessToken, userErrors } = await login('ada');
  expect(userErrors).toEqual([]);
  await act(openDoor(stack.port, accessToken), 'reactivateAccount', null, 'user { id state }');
  await stack.drain();
  expect(await shown()).toEqual(everywhere);
});
