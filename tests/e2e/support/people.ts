import { expect, vi } from 'vitest';
import { openDoor, type Door, type Feed } from './client.ts';
import type { TestStack } from './stack-under-test.ts';

/** Somebody registered, at the door with their token. */
export type Someone = Door & { id: string; handle: string; accessToken: string; refreshToken: string };

export const PASSWORD = 'correct horse battery';

type Payload<Name extends string, Content> = {
  [key in Name]: Content & { userErrors: { code: string; field: string[] | null }[] };
};

export async function register(stack: Pick<TestStack, 'port'>, handle: string): Promise<Someone> {
  const input = { handle, name: `The ${handle}`, email: `${handle}@example.org`, password: PASSWORD };
  const { register } = await openDoor(stack.port).get<
    Payload<'register', { user: { id: string }; accessToken: string; refreshToken: string }>
  >('Register', { input });
  expect(register.userErrors).toEqual([]);
  const { user, accessToken, refreshToken } = register;
  return { ...openDoor(stack.port, accessToken), id: user.id, handle, accessToken, refreshToken };
}

export type RelationVerb = 'follow' | 'unfollow' | 'block' | 'unblock' | 'mute' | 'unmute' | 'acceptFollowRequest';

export async function relate(someone: Someone, verb: RelationVerb, other: { id: string }): Promise<void> {
  const name = verb.charAt(0).toUpperCase() + verb.slice(1);
  const data = await someone.get<Payload<string, object>>(name, { input: { userId: other.id } });
  expect(data[verb]?.userErrors).toEqual([]);
}

export type PostInput = { text: string; replyToId?: string; quotedId?: string; idempotencyKey?: string };

/** Id of the new tweet. */
export async function post(someone: Someone, input: PostInput | string): Promise<string> {
  const { postTweet } = await someone.get<Payload<'postTweet', { tweet: { id: string } }>>('PostTweet', {
    input: typeof input === 'string' ? { text: input } : input,
  });
  expect(postTweet.userErrors).toEqual([]);
  return postTweet.tweet.id;
}

export type TweetVerb = 'deleteTweet' | 'retweet' | 'undoRetweet' | 'likeTweet' | 'unlikeTweet' | 'bookmarkTweet';

export async function act(someone: Someone, verb: TweetVerb, tweetId: string): Promise<void> {
  const name = verb.charAt(0).toUpperCase() + verb.slice(1);
  const data = await someone.get<Payload<string, object>>(name, { input: { tweetId } });
  expect(data[verb]?.userErrors).toEqual([]);
}

/** Changes what is given of the own profile. */
export async function editProfile(someone: Someone, input: Record<string, unknown>): Promise<void> {
  const { editProfile } = await someone.get<Payload<'editProfile', object>>('EditProfile', { input });
  expect(editProfile.userErrors).toEqual([]);
}

/** Hides or ends the own account. */
export async function withPassword(someone: Someone, name: 'deactivateAccount' | 'eraseAccount'): Promise<void> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const data = await someone.get<Payload<string, object>>(
    `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code } } }`,
    { input: { password: PASSWORD } },
  );
  expect(data[name]?.userErrors).toEqual([]);
}

type Connection<Node> = {
  edges: { node: Node; retweetedBy?: { handle: string } | null }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
};
export type SeenTweet = { id: string; text: string | null; unavailable: { reason: string } | null };

/** Ids of the first page of the home timeline. */
export async function home(someone: Someone, first = 100): Promise<string[]> {
  const { homeTimeline } = await someone.get<{ homeTimeline: Connection<SeenTweet> }>('HomeTimeline', { first });
  return homeTimeline.edges.map(({ node }) => node.id);
}

/** Ids that a search finds. */
export async function search(door: Door, query: string, first = 100): Promise<string[]> {
  const { searchTweets } = await door.get<{ searchTweets: Connection<{ id: string }> }>('SearchTweets', {
    query,
    first,
  });
  return searchTweets.edges.map(({ node }) => node.id);
}

/** Opens a subscription and waits until it stands. */
export async function watch<Data>(
  stack: TestStack,
  door: Door,
  name: string,
  variables?: Record<string, unknown>,
): Promise<Feed<Data>> {
  const before = await stack.liveChannels();
  const feed = door.subscribe<Data>(name, variables);
  await vi.waitFor(async () => expect(await stack.liveChannels()).toBeGreaterThan(before), {
    timeout: 10_000,
    interval: 5,
  });
  return feed;
}
