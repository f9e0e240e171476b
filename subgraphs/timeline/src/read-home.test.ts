import { beforeEach, describe, expect, test } from 'vitest';
import { readHome } from './read-home.ts';
import { CALL, createProduct, nameFollowees } from './testing/product.ts';
import { createWorld, type Person, type World } from './testing/world.ts';

const FIRST = 20;
const WITHIN = 30;

let world: World;
let viewer: Person;
let ann: Person;
let bob: Person;
let eve: Person;

beforeEach(() => {
  world = createWorld(4, { collapseWithin: WITHIN });
  [viewer, ann, bob, eve] = world.people as [Person, Person, Person, Person];
  world.follow(viewer, ann);
  world.follow(viewer, bob);
});

describe('a page', () => {
  test('names at its end whoever made entries of the next page drop, and these stay away', async () => {
    const product = createProduct(world);
    const tweet = world.post(ann);
    world.post(ann);
    const byBob = world.retweet(bob, tweet);
    const page = await product.home(viewer.id, 1);
    expect(nameFollowees(page)).toEqual([{ id: byBob.id, followees: [bob.id, ann.id] }]);
    const next = await product.home(viewer.id, 5, page.endId);
    expect(next.entries.map(({ tweetId }) => tweetId)).not.toContain(tweet.id);
    expect(next.hasNextPage).toBe(false);
  });

  test('has what was dropped as soon as the entry above is gone, also where the cursor stands on that', async () => {
    const product = createProduct(world);
    const tweet = world.post(ann);
    const byBob = world.retweet(bob, tweet);
    const { endId } = await product.home(viewer.id, 1);
    expect(endId).toBe(byBob.id);
    expect((await product.home(viewer.id, 5, endId)).entries).toEqual([]);
    world.undo(byBob);
    expect((await product.home(viewer.id, 5, endId)).entries).toMatchObject([{ id: tweet.id }]);
  });

  test('is not cut short by many retweets of one tweet', async () => {
    const product = createProduct(world, { scanBudget: (first) => first * 10 });
    const old = world.post(ann);
    for (let count = 0; count < 15; count++) world.undo(world.retweet(count % 2 ? ann : bob, world.post(eve)));
    const tweet = world.post(eve);
    for (const person of [ann, bob, viewer]) world.retweet(person, tweet);
    const page = await product.home(viewer.id, 2);
    expect(page.entries.map(({ tweetId }) => tweetId)).toEqual([tweet.id, old.id]);
  });
});

describe('what a warm page asks', () => {
  /** Names of the calls, one after another. */
  async function askedBy(after: { id: string } | null): Promise<string[]> {
    const { deps } = createProduct(world, { limits: { kept: 800, trimAbove: 1_000 } });
    const asked: string[] = [];
    const heard = <Given extends unknown[], Answer>(name: string, ask: (...given: Given) => Promise<Answer>) =>
      ((...given) => (asked.push(name), ask(...given))) as typeof ask;
    const counted = {
      ...deps,
      scanBudget: (first: number) => first * 10 + 200,
      graph: { ...deps.graph, getRelations: heard('relations', deps.graph.getRelations) },
      users: { getUsers: heard('people', deps.users.getUsers) },
      store: { read: heard('list', deps.store.read) },
      tweets: {
        getEntries: heard('entries', deps.tweets.getEntries),
        listByActors: heard('own', deps.tweets.listByActors),
        listByHashtags: heard('tagged', deps.tweets.listByHashtags),
      },
    };
    await readHome(deps, CALL, { viewerId: viewer.id, first: FIRST, after: null });
    const page = await readHome(counted, CALL, { viewerId: viewer.id, first: FIRST, after });
    expect(page.kept).toHaveLength(FIRST);
    return asked.sort();
  }

  test('from the newest is one question of each kind, also where entries collapse', async () => {
    for (let count = 0; count < 100; count++) {
      const tweet = world.post(ann);
      if (count % 10 === 0) world.retweet(bob, tweet);
    }
    expect(await askedBy(null)).toEqual(['entries', 'list', 'own', 'people', 'relations']);
  });

  test('after a cursor is as much once more for what lies above it', async () => {
    const tweets = Array.from({ length: 100 }, () => world.post(ann));
    const asked = await askedBy({ id: tweets[60]!.id });
    expect(asked).toEqual(['entries', 'entries', 'list', 'list', 'own', 'own', 'people', 'relations']);
  });
});
