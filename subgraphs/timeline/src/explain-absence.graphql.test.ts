import { beforeEach, describe, expect, test } from 'vitest';
import { codesOf, openTestTimeline, type TestTimeline } from './testing/test-timeline.ts';
import { createWorld, type Person, type World } from './testing/world.ts';

let world: World;
let timeline: TestTimeline;
let viewer: Person;
let author: Person;
let stranger: Person;

beforeEach(async () => {
  world = createWorld(3);
  [viewer, author, stranger] = world.people as [Person, Person, Person];
  timeline = await openTestTimeline(world);
});

describe('whyNotInMyTimeline', () => {
  const WHY = `query ($tweetId: ID!) { whyNotInMyTimeline(tweetId: $tweetId) {
    reason { kind followees { id } } absences { cause actor { id } waitingMs since } } }`;

  test('gives the reason, or what closes each way in', async () => {
    const tweet = world.post(stranger);
    const before = await timeline.ask(viewer, WHY, { tweetId: tweet.id });
    const absences = [{ cause: 'NOT_FOLLOWING', actor: { id: stranger.id }, waitingMs: null, since: null }];
    expect(before.data.whyNotInMyTimeline).toEqual({ reason: null, absences });
    world.follow(viewer, stranger);
    const after = await timeline.ask(viewer, WHY, { tweetId: tweet.id });
    const reason = { kind: 'TWEET', followees: [{ id: stranger.id }] };
    expect(after.data.whyNotInMyTimeline).toEqual({ reason, absences: [] });
  });

  test('names nobody where the tweet may not be opened', async () => {
    const tweet = world.post(stranger);
    world.follow(viewer, author);
    world.retweet(author, tweet);
    world.block(stranger, viewer);
    const { data } = await timeline.ask(viewer, WHY, { tweetId: tweet.id });
    const absences = [{ cause: 'BLOCKED_BY_AUTHOR', actor: null, waitingMs: null, since: null }];
    expect(data.whyNotInMyTimeline).toEqual({ reason: null, absences });
  });

  test.each(['x', '1', '1234567890123456789'])('is null for %s, which is no tweet', async (tweetId) => {
    expect(await timeline.ask(viewer, WHY, { tweetId })).toMatchObject({ data: { whyNotInMyTimeline: null } });
  });

  test('is null for a retweet, and for those who are logged in alone', async () => {
    const retweet = world.retweet(author, world.post(stranger));
    expect((await timeline.ask(viewer, WHY, { tweetId: retweet.id })).data.whyNotInMyTimeline).toBeNull();
    expect(codesOf(await timeline.ask(null, WHY, { tweetId: retweet.tweetId }))).toEqual(['UNAUTHENTICATED']);
  });
});
