import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createProduct } from './testing/product.ts';
import { createWorld, type Person, type World } from './testing/world.ts';
import type { TimelineStore } from './timeline-store/port.ts';

/**
 * Readers, followers, authors, the fan-out and drops at the same time. Every question to another service or to the store
 * may wait before it is answered and before the answer is heard, and the scheduler tries the orders. Each read must have what
 * was delivered before it, and whatever list is left when all is still must be right.
 */
const PEOPLE = 4;

type Act = { do: 'follow' | 'unfollow' | 'read' | 'post' | 'retweet' | 'deliver' | 'drop'; who: number; other: number };

const act: fc.Arbitrary<Act> = fc.record({
  do: fc.constantFrom<Act['do']>(
    'follow',
    'follow',
    'unfollow',
    'read',
    'read',
    'read',
    'post',
    'post',
    'post',
    'retweet',
    'deliver',
    'deliver',
    'drop',
  ),
  who: fc.nat({ max: PEOPLE - 1 }),
  other: fc.nat({ max: PEOPLE - 1 }),
});
const threads = fc.array(fc.array(act, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 5 });

type Pause = (where: keyof Slowness) => Promise<void>;
type Slowness = { ask: boolean; answer: boolean; storeAsk: boolean; storeAnswer: boolean; pages: boolean };

const slowness: fc.Arbitrary<Slowness> = fc.record({
  ask: fc.boolean(),
  answer: fc.boolean(),
  storeAsk: fc.boolean(),
  storeAnswer: fc.boolean(),
  pages: fc.boolean(),
});

test('no order of reads, builds, pushes, follows and drops leaves a list that lacks an entry', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      threads,
      fc.constantFrom(2, 30),
      slowness,
      async (scheduler, scripts, kept, slow) => {
        const world = createWorld(PEOPLE);
        const weather = { isCalm: false };
        const pause: Pause = async (where) => {
          if (!weather.isCalm && slow[where]) await scheduler.schedule(Promise.resolve());
        };
        const product = createProduct(world, {
          limits: { kept, trimAbove: kept + 2, maxTimelines: PEOPLE },
          followersASlice: 1,
          services: slowServices(world, pause),
          wrapStore: (store) => slowStore(store, pause),
        });
        const log = createLog(world);
        const lives = scripts.map(async (script) => {
          for (const each of script) {
            await scheduler.schedule(Promise.resolve());
            await take(world, product, log, each);
          }
        });
        await scheduler.waitFor(Promise.all(lives));
        weather.isCalm = true;
        await log.deliver(product, Infinity);
        while (product.slices.count() > 0) await product.slices.deliver();
        for (const viewer of world.people) {
          expect(await product.wholeNamedHome(viewer.id, 3)).toEqual(world.namedHomeOf(viewer));
        }
        expect(product.warnings).toEqual([]);
      },
    ),
    { numRuns: Number(process.env.MODEL_RUNS ?? 150) },
  );
}, 120_000);

async function take(
  world: World,
  product: ReturnType<typeof createProduct>,
  log: ReturnType<typeof createLog>,
  { do: kind, who, other }: Act,
): Promise<void> {
  const [person, another] = [world.people[who]!, world.people[other]!];
  if (kind === 'read') return readNow(world, product, log, person);
  if (kind === 'deliver') return log.deliver(product, 3);
  if (kind === 'drop') return product.store.drop([person.id]);
  if (kind === 'follow') world.follow(person, another);
  if (kind === 'unfollow') world.unfollow(person, another);
  if (kind === 'post') log.tweets.push(world.post(person));
  const target = log.tweets.at(other);
  if (kind === 'retweet' && target) world.retweet(person, target);
}

/**
 * Whatever else goes on, the tweets that the viewer has put there and those that have been delivered are there by one entry or
 * another, and nothing that never belonged. A page is longer than what collapses, so no news makes the next one lose a tweet.
 */
async function readNow(
  world: World,
  product: ReturnType<typeof createProduct>,
  log: ReturnType<typeof createLog>,
  viewer: Person,
): Promise<void> {
  const { revision } = viewer;
  const due = world.uncollapsedHomeOf(viewer).filter((id) => world.actorOf(id) === viewer.id || log.delivered.has(id));
  const seen = await product.wholeHome(viewer.id, 5);
  if (viewer.revision !== revision) return;
  expect(seen.map(world.tweetOf)).toEqual(expect.arrayContaining(due.map(world.tweetOf)));
  expect(world.uncollapsedHomeOf(viewer)).toEqual(expect.arrayContaining(seen));
}

/** Deliveries may overlap; each takes what no other has taken, and the slices that it finds. */
function createLog(world: World) {
  let taken = 0;
  const begun = new Set<string>();
  const delivered = new Set<string>();
  return {
    tweets: [] as ReturnType<World['post']>[],
    delivered,
    async deliver(product: ReturnType<typeof createProduct>, count: number): Promise<void> {
      const batch = world.events.slice(taken, taken + count);
      taken += batch.length;
      await product.deliver(batch);
      for (const { key } of batch) begun.add(key);
      for (let left = product.slices.count(); left > 0; left -= 1) await product.slices.deliver();
      for (const key of begun) if (!product.slices.isUnderWay(key)) delivered.add(key);
    },
  };
}

function slowServices({ services }: World, pause: Pause): World['services'] {
  const { graph, tweets, users } = services;
  const slow = slowly(
    () => pause('ask'),
    () => pause('answer'),
  );
  return {
    graph: {
      ...graph,
      getRelations: slow(graph.getRelations),
      async *streamFame(call, request) {
        await pause('ask');
        yield* graph.streamFame(call, request);
      },
      async *streamFollowers(call, request) {
        await pause('ask');
        for await (const page of graph.streamFollowers(call, request)) {
          await pause('pages');
          yield page;
        }
      },
    },
    tweets: { ...tweets, getEntries: slow(tweets.getEntries), listByActors: slow(tweets.listByActors) },
    users: { getUsers: slow(users.getUsers) },
  };
}

function slowStore(store: TimelineStore, pause: Pause): TimelineStore {
  const slow = slowly(
    () => pause('storeAsk'),
    () => pause('storeAnswer'),
  );
  return {
    ...store,
    push: slow(store.push),
    read: slow(store.read),
    begin: slow(store.begin),
    finish: slow(store.finish),
    drop: slow(store.drop),
  };
}

function slowly(before: () => Promise<void>, after: () => Promise<void>) {
  return <Args extends unknown[], Result>(ask: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await before();
      const answer = await ask(...args);
      await after();
      return answer;
    };
}
