import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { timelineConsumers } from './consumes.ts';
import type { FanOutDeps } from './fan-out.ts';
import { sumDelivery } from './sum-delivery.ts';
import { createProduct, FAN_OUT } from './testing/product.ts';
import { createSliceLog } from './testing/slice-log.ts';
import { createWorld, type Person, type World } from './testing/world.ts';
import type { Delivery } from './timeline-store/port.ts';

const FOLLOWERS = 5_600;
const followers = Array.from({ length: FOLLOWERS }, (_, index) => String(10_000 + index));

let world: World;
let star: Person;
let other: Person;
let log: ReturnType<typeof createSliceLog>;
let isKafkaAway: boolean;
let start: (followersASlice?: number) => { tweets: Consumer; slices: Consumer };
let told: (tweetId: string) => Promise<object | null>;
let hold: PromiseWithResolvers<undefined>;

beforeEach(() => {
  world = createWorld(2);
  [star, other] = world.people as [Person, Person];
  log = createSliceLog();
  isKafkaAway = false;
  hold = Promise.withResolvers();
  const graph: FanOutDeps['graph'] = {
    async *streamFollowers(_, { userId, afterId, pageSize }) {
      if (userId === other.id) await hold.promise;
      else
        for (let rest = followers.filter((id) => id > afterId); rest.length > 0; rest = rest.slice(pageSize))
          yield { ids: rest.slice(0, pageSize) };
    },
  };
  const push = async (deliveries: readonly Delivery[]) => deliveries.map(({ followerIds }) => followerIds.length);
  const publish: typeof log.publish = async (records) => {
    if (isKafkaAway) throw new Error('away');
    return log.publish(records);
  };
  const { deps } = createProduct(world);
  const sizes = { ...FAN_OUT, followersAPage: 500, deliveriesAPush: 10_000, log: { publish } };
  start = (followersASlice = 5_000) => {
    const services = { graph: { ...deps.graph, ...graph }, store: { ...deps.store, push } };
    const [tweets, slices] = timelineConsumers({ ...deps, ...sizes, ...services, followersASlice });
    return { tweets: tweets!, slices: slices! };
  };
  told = async (tweetId) => sumDelivery((await deps.deliveries.read([tweetId])).get(tweetId) ?? []);
});

/** The next record of the log, while a tweet is in hand: what is cut is small then. */
async function sliceBesideTweet({ tweets, slices }: ReturnType<typeof start>): Promise<void> {
  hold = Promise.withResolvers();
  world.post(other);
  const inHand = tweets.handle(world.events.splice(0));
  await log.deliverOne(0, (batch) => slices.handle(batch));
  hold.resolve(undefined);
  await inHand;
}

async function drain({ slices }: ReturnType<typeof start>): Promise<void> {
  while (log.count() > 0) await log.deliverOne(0, (batch) => slices.handle(batch));
}

const ALL = { pushed: FOLLOWERS, pulled: 0, isComplete: true };

describe('a slice that is repeated, and cut elsewhere then, is told once', () => {
  test('a small one after a big one that could not be gone on from', async () => {
    const tweet = world.post(star);
    await start().tweets.handle(world.events.splice(0));
    expect(await told(tweet.id)).toMatchObject({ pushed: 500, isComplete: false });
    isKafkaAway = true;
    await expect(log.deliverOne(0, (batch) => start().slices.handle(batch))).rejects.toThrow('away');
    expect(await told(tweet.id)).toMatchObject({ pushed: 5_500, isComplete: false });
    isKafkaAway = false;
    const worker = start();
    await sliceBesideTweet(worker);
    await drain(worker);
    expect(await told(tweet.id)).toMatchObject(ALL);
  });

  test('a big one after a small one that could not be gone on from', async () => {
    const tweet = world.post(star);
    await start().tweets.handle(world.events.splice(0));
    isKafkaAway = true;
    await expect(sliceBesideTweet(start())).rejects.toThrow('away');
    expect(await told(tweet.id)).toMatchObject({ pushed: 2_500, isComplete: false });
    isKafkaAway = false;
    await drain(start());
    expect(await told(tweet.id)).toMatchObject(ALL);
  });

  test('where both have been gone on from, as the worker died behind its publishing', async () => {
    const tweet = world.post(star);
    await start().tweets.handle(world.events.splice(0));
    await log.deliverOne(0, (batch) => start().slices.handle(batch), true);
    expect(log.count()).toBe(2);
    const worker = start();
    await sliceBesideTweet(worker);
    expect(log.count()).toBe(2);
    await drain(worker);
    expect(await told(tweet.id)).toMatchObject(ALL);
  });

  test.each([200, 400, 5_000])('the first one, cut at %i by the process that repeats it', async (followersASlice) => {
    const tweet = world.post(star);
    const records = world.events.splice(0);
    await start(300).tweets.handle(records);
    const worker = start(followersASlice);
    await worker.tweets.handle(records);
    await drain(worker);
    expect(await told(tweet.id)).toMatchObject(ALL);
  });
});
