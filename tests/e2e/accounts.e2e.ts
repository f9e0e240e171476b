import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDoor, type Door } from './support/client.ts';
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

type UserErrors = { userErrors: { code: string; field: string[] | null }[] };
type Tokens = { user: { id: string } | null; accessToken: string | null; refreshToken: string | null };
type Session = { id: string; userAgent: string | null; isCurrent: boolean };

const asText = ({ userErrors }: UserErrors) =>
  userErrors.map(({ code, field }) => `${code} ${field?.join('.') ?? ''}`.trim());

/** Runs a mutation by its field; gives its payload. */
async function act<Content>(
  door: Door,
  field: string,
  input: object | null,
  selection: string,
): Promise<Content & UserErrors> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const data = await door.get<Record<string, Content & UserErrors>>(
    input === null
      ? `mutation { ${field} { ${selection} userErrors { code field } } }`
      : `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code field } } }`,
    input === null ? {} : { input },
  );
  const payload = data[field];
  if (!payload) throw new Error(`${field} gave no payload.`);
  return payload;
}

const TOKENS = 'user { id } accessToken refreshToken';
const nobody = () => openDoor(stack.port);
const login = (name: string, password = PASSWORD) => act<Tokens>(nobody(), 'login', { login: name, password }, TOKENS);
const refresh = (refreshToken: string | null) => act<Tokens>(nobody(), 'refreshSession', { refreshToken }, TOKENS);

/** Whose token it is; the code of the refusal if it is nobody's. */
async function whois(accessToken: string | null): Promise<string> {
  const { data, errors } = await openDoor(stack.port, accessToken).ask<{ viewer: { handle: string } }>('Viewer');
  return errors?.[0]?.extensions.code ?? data?.viewer.handle ?? 'nobody';
}

const sessionsOf = async (door: Door) =>
  (await door.get<{ sessions: Session[] }>('{ sessions { id userAgent isCurrent } }')).sessions;

describe('logging in', () => {
  test('goes by handle, with or without its sign and in any case, and by e-mail address', async () => {
    for (const name of ['ada', 'ADA', '@Ada', ' ada ', 'ada@example.org', 'Ada@Example.ORG']) {
      const { user, accessToken, userErrors } = await login(name);
      expect([name, userErrors, user?.id, await whois(accessToken)]).toEqual([name, [], ada.id, 'ada']);
    }
  });

  test('a wrong password and a person who is not there look the same', async () => {
    const [wrong, unknown] = [await login('ada', 'wrong horse'), await login('nemo')];
    expect(wrong).toEqual(unknown);
    expect(asText(wrong)).toEqual(['WRONG_CREDENTIALS']);
    expect([wrong.user, wrong.accessToken, wrong.refreshToken]).toEqual([null, null, null]);
  });

  test('is slowed down after too many wrong passwords, and for that login only', async () => {
    await register(stack, 'target');
    for (let attempt = 0; attempt < 10; attempt += 1) await login('target', `guess ${attempt}`);
    const answer = await nobody().ask('Login', { input: { login: 'target', password: PASSWORD } });
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['RATE_LIMITED']);
    expect(answer.errors?.[0]?.extensions['retryAfterMs']).toBeGreaterThan(0);
    expect((await login('ben')).userErrors).toEqual([]);
  });
});

describe('refreshing', () => {
  test('gives new tokens for the same session, over and over', async () => {
    let { accessToken, refreshToken } = await login('ada');
    const before = await sessionsOf(openDoor(stack.port, accessToken));
    for (let round = 0; round < 3; round += 1) {
      const next = await refresh(refreshToken);
      expect(next.userErrors).toEqual([]);
      expect(next.refreshToken).not.toBe(refreshToken);
      ({ accessToken, refreshToken } = next);
    }
    expect(await whois(accessToken)).toBe('ada');
    const after = await sessionsOf(openDoor(stack.port, accessToken));
    expect(after.find(({ isCurrent }) => isCurrent)?.id).toBe(before.find(({ isCurrent }) => isCurrent)?.id);
    expect(after).toHaveLength(before.length);
  });

  test('with a token that was used before ends the session for both, and no other', async () => {
    const stolen = await login('ada');
    const other = await login('ada');
    const fresh = await refresh(stolen.refreshToken);
    expect(await whois(fresh.accessToken)).toBe('ada');
    expect(asText(await refresh(stolen.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
    expect(asText(await refresh(fresh.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
    expect([await whois(stolen.accessToken), await whois(fresh.accessToken)]).toEqual([
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ]);
    expect(await whois(other.accessToken)).toBe('ada');
  });

  test('of several at once with one token, at most one wins', async () => {
    const { refreshToken } = await login('ada');
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(refreshToken)));
    expect(answers.filter(({ userErrors }) => userErrors.length === 0).length).toBeLessThanOrEqual(1);
    for (const { accessToken } of answers) if (accessToken) expect(await whois(accessToken)).toBe('UNAUTHENTICATED');
  });
});

describe('sessions', () => {
  test('are listed with what the client said it is, and can be ended one by one', async () => {
    const [phone, laptop] = [await loginWith('Phone/1.0'), await loginWith('x'.repeat(2_000))];
    const door = openDoor(stack.port, phone.accessToken);
    const listed = await sessionsOf(door);
    expect(listed.filter(({ isCurrent }) => isCurrent).map(({ userAgent }) => userAgent)).toEqual(['Phone/1.0']);
    const other = listed.find(({ userAgent }) => userAgent === 'x'.repeat(256));
    const { sessions, userErrors } = await act<{ sessions: Session[] }>(
      door,
      'revokeSession',
      { sessionId: other?.id },
      'sessions { id }',
    );
    expect([userErrors, sessions.length]).toEqual([[], listed.length - 1]);
    expect([await whois(laptop.accessToken), await whois(phone.accessToken)]).toEqual(['UNAUTHENTICATED', 'ada']);
    expect(asText(await refresh(laptop.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
  });

  test('of another person are neither listed nor ended', async () => {
    const [mine] = await sessionsOf(ada);
    expect((await sessionsOf(ben)).map(({ id }) => id)).not.toContain(mine?.id);
    expect(asText(await act(ben, 'revokeSession', { sessionId: mine?.id }, 'sessions { id }'))).toEqual([
      'NOT_FOUND sessionId',
    ]);
    expect(await whois(ada.accessToken)).toBe('ada');
  });

  test('end all but the present one at once, and the present one by logging out', async () => {
    const [one, two] = [await login('ada'), await login('ada')];
    await act(openDoor(stack.port, one.accessToken), 'revokeSession', { allOthers: true }, 'sessions { id }');
    expect([await whois(one.accessToken), await whois(two.accessToken), await whois(ada.accessToken)]).toEqual([
      'ada',
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ]);
    await openDoor(stack.port, one.accessToken).get('mutation { logout { userErrors { code } } }');
    expect(await whois(one.accessToken)).toBe('UNAUTHENTICATED');
    ada = await again(ada);
  });
});

test('a new password ends every other session, and the old one opens none', async () => {
  const other = await login('ada');
  const input = { currentPassword: PASSWORD, newPassword: 'battery horse correct' };
  expect(asText(await act(ada, 'changePassword', input, 'user { id }'))).toEqual([]);
  expect([await whois(ada.accessToken), await whois(other.accessToken)]).toEqual(['ada', 'UNAUTHENTICATED']);
  expect(asText(await refresh(other.refreshToken))).toEqual(['INVALID_TOKEN refreshToken']);
  expect(asText(await login('ada'))).toEqual(['WRONG_CREDENTIALS']);
  expect((await login('ada', 'battery horse correct')).user?.id).toBe(ada.id);
  const back = { currentPassword: 'battery horse correct', newPassword: PASSWORD };
  expect(asText(await act(ada, 'changePassword', back, 'user { id }'))).toEqual([]);
});

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

describe('a private account', () => {
  let discreet: Someone;
  let tweetId: string;
  beforeAll(async () => {
    discreet = await register(stack, 'discreet');
    tweetId = await post(discreet, 'Among friends');
    await editProfile(discreet, { isPrivate: true });
    await stack.drain();
  });

  const RELATION = 'user { viewerFollows viewerRequestedFollow }';
  type Relation = { user: { viewerFollows: boolean; viewerRequestedFollow: boolean } };
  const change = (who: Someone, verb: string, other: Someone) =>
    act<Relation>(who, verb, { userId: other.id }, RELATION);
  const requests = async () =>
    (
      await discreet.get<{ followRequests: { edges: { node: { handle: string } }[] } }>(
        '{ followRequests(first: 10) { edges { node { handle } } } }',
      )
    ).followRequests.edges.map(({ node }) => node.handle);
  const reads = async (who: Someone) =>
    (await who.get<{ tweet: { text: string | null } }>('TweetById', { id: tweetId })).tweet.text !== null;
  const asked = { user: { viewerFollows: false, viewerRequestedFollow: true }, userErrors: [] };
  const apart = { user: { viewerFollows: false, viewerRequestedFollow: false }, userErrors: [] };

  test('is asked, and asked again in vain', async () => {
    expect(await change(ben, 'follow', discreet)).toEqual(asked);
    expect(await change(ben, 'follow', discreet)).toEqual(asked);
    expect([await requests(), await reads(ben)]).toEqual([['ben'], false]);
  });

  test('declines, and the other may ask again', async () => {
    expect((await change(discreet, 'declineFollowRequest', ben)).userErrors).toEqual([]);
    expect([await requests(), await reads(ben)]).toEqual([[], false]);
    expect(asText(await change(discreet, 'acceptFollowRequest', ben))).toEqual(['NOT_FOUND userId']);
    expect(await change(ben, 'follow', discreet)).toEqual(asked);
  });

  test('hears no more of a request that was taken back', async () => {
    expect(await change(ben, 'cancelFollowRequest', discreet)).toEqual(apart);
    expect(await requests()).toEqual([]);
    expect(await change(ben, 'follow', discreet)).toEqual(asked);
    expect(await change(ben, 'unfollow', discreet)).toEqual(apart);
    expect(await requests()).toEqual([]);
  });

  test('accepts, and is read from then on, also what was there before', async () => {
    await change(ben, 'follow', discreet);
    expect((await change(discreet, 'acceptFollowRequest', ben)).userErrors).toEqual([]);
    expect([await requests(), await reads(ben), (await home(ben)).includes(tweetId)]).toEqual([[], true, true]);
    expect(await reads(ada)).toBe(false);
    const counts = await ben.get<{ user: { followerCount: number } }>('UserByHandle', { handle: 'discreet' });
    expect(counts.user.followerCount).toBe(1);
  });

  test('is nobody’s any more after an unfollow', async () => {
    expect(await change(ben, 'unfollow', discreet)).toEqual(apart);
    expect([await reads(ben), (await home(ben)).includes(tweetId)]).toEqual([false, false]);
  });

  test('that turns public is followed at the next try, requests or not', async () => {
    await change(ben, 'follow', discreet);
    await editProfile(discreet, { isPrivate: false });
    const { user } = await change(ben, 'follow', discreet);
    expect([user, await requests(), await reads(ben)]).toEqual([
      { viewerFollows: true, viewerRequestedFollow: false },
      [],
      true,
    ]);
  });
});

async function loginWith(userAgent: string): Promise<Tokens> {
  const response = await fetch(`http://127.0.0.1:${stack.port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': userAgent },
    body: JSON.stringify({
      query: `mutation { login(input: { login: "ada", password: "${PASSWORD}" }) { ${TOKENS} } }`,
    }),
  });
  return ((await response.json()) as { data: { login: Tokens } }).data.login;
}

async function again(someone: Someone): Promise<Someone> {
  const { accessToken, refreshToken } = await login(someone.handle);
  if (accessToken === null || refreshToken === null) throw new Error(`${someone.handle} cannot log in.`);
  return { ...someone, ...openDoor(stack.port, accessToken), accessToken, refreshToken };
}
