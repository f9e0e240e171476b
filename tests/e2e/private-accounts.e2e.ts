import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { act, asText } from './support/payloads.ts';
import { editProfile, home, post, register, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

let stack: TestStack;
let ada: Someone;
let ben: Someone;

beforeAll(async () => {
  stack = await startTestStack({ gateway: { sessionTtlMs: 0 } });
  [ada, ben] = await Promise.all([register(stack, 'ada'), register(stack, 'ben')]);
});
afterAll(() => stack?.stop());

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
