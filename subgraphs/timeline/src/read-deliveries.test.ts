import { beforeEach, describe, expect, test } from 'vitest';
import { openTestTimeline, type TestTimeline } from './testing/test-timeline.ts';
import { createWorld, type Person, type World } from './testing/world.ts';

const HOME = 'query ($first: Int!) { homeTimeline(first: $first) { edges { cursor } } }';

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

describe('delivery of a tweet', () => {
  const DELIVERY = `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Tweet {
    delivery { pushed pulled firstAt lastAt p99LagMs isComplete isMerged } } } }`;
  const deliveriesOf = async (asker: Person | null, ids: string[]) => {
    const representations = ids.map((id) => ({ __typename: 'Tweet', id }));
    const answer = (await timeline.ask(asker, DELIVERY, { ids: representations })) as unknown as {
      data: { _entities: { delivery: object | null }[] };
    };
    return answer.data._entities.map(({ delivery }) => delivery);
  };

  test('is told to its author, once it is under way', async () => {
    world.follow(viewer, author);
    world.follow(stranger, author);
    await timeline.ask(viewer, HOME, { first: 1 });
    const [tweet, waiting] = [world.post(author), world.post(author)];
    world.advance(500);
    await timeline.consumers[0]!.handle(world.events.slice(0, 1));
    const at = new Date(world.now()).toISOString();
    const delivery = {
      pushed: 1,
      pulled: 1,
      firstAt: at,
      lastAt: at,
      p99LagMs: 501,
      isComplete: true,
      isMerged: false,
    };
    expect(await deliveriesOf(author, [tweet.id, waiting.id])).toEqual([delivery, null]);
    // Delivered again, to a list that is there since, it is what it was.
    await timeline.ask(stranger, HOME, { first: 1 });
    await timeline.consumers[0]!.handle(world.events);
    expect((await deliveriesOf(author, [tweet.id]))[0]).toEqual(delivery);
  });

  test('of somebody famous counts famous followers alone, and says so', async () => {
    for (const follower of [viewer, stranger]) world.follow(follower, author);
    await timeline.ask(stranger, HOME, { first: 1 });
    for (const person of [author, stranger]) world.beginFame(person);
    world.advance(60_000);
    const tweet = world.post(author);
    await timeline.consumers[0]!.handle(world.events);
    const delivery = { pushed: 1, pulled: 0, isComplete: true, isMerged: true };
    expect(await deliveriesOf(author, [tweet.id])).toMatchObject([delivery]);
  });

  test('is told to nobody else, nor of what is no tweet of theirs', async () => {
    const tweet = world.post(author);
    const retweet = world.retweet(author, world.post(stranger));
    await timeline.consumers[0]!.handle(world.events);
    expect(await deliveriesOf(author, [tweet.id])).not.toEqual([null]);
    for (const asker of [viewer, null]) expect(await deliveriesOf(asker, [tweet.id])).toEqual([null]);
    const others = [retweet.id, retweet.tweetId, 'x', '1234567890123456789'];
    expect(await deliveriesOf(author, others)).toEqual([null, null, null, null]);
    world.setTweetState(tweet, 'deleted');
    expect(await deliveriesOf(author, [tweet.id])).toEqual([null]);
  });
});
