import { newestFirst, timeOfId } from '@starling/domain/ids.ts';
import { affinityOf, decayOf, edgeRank, highestFirst, scoreOf, weightOf } from '@starling/domain/ranking.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { createRankedProduct, namesIn } from '../testing/ranked-product.ts';
import { PLENTY, createRankedScene, idsOf } from '../testing/ranked-scene.ts';
import type { Person, World } from '../testing/world.ts';

const HOUR_MS = 60 * 60 * 1000;

let world: World;
let viewer: Person;
let author: Person;
let friend: Person;
let stranger: Person;

beforeEach(() => {
  ({ world, viewer, author, friend, stranger } = createRankedScene());
});

describe('a ranked timeline', () => {
  test('has the newest entries by score, each with what it is computed from, and the older ones newest first', async () => {
    const old = world.post(author);
    const liked = world.post(author);
    world.advance(HOUR_MS);
    const plain = world.post(friend);
    const answered = world.post(friend);
    const answer = world.post(author, { parent: answered });
    const retweet = world.retweet(friend, world.post(stranger));
    world.like(viewer, liked);
    for (const person of [author, friend, stranger]) world.like(person, plain);
    const product = createRankedProduct(world, { ...PLENTY, rankedCandidates: 5 });
    const entries = await product.scroll(viewer.id, 2);

    const atMs = world.now();
    const close = affinityOf([{ kind: 'like', atMs }], atMs);
    const none = { likes: 0, retweets: 0, quotes: 0, replies: 0 };
    const expected = [
      { id: liked.id, affinity: close, weight: weightOf('TWEET', { ...none, likes: 1 }) },
      { id: plain.id, affinity: 1, weight: weightOf('TWEET', { ...none, likes: 3 }) },
      { id: answered.id, affinity: 1, weight: weightOf('TWEET', { ...none, replies: 1 }) },
      { id: answer.id, affinity: close, weight: weightOf('REPLY', none) },
      { id: retweet.id, affinity: 1, weight: weightOf('RETWEET', { ...none, retweets: 1 }) },
    ].map(({ id, ...factors }) => {
      const rank = { ...factors, decay: decayOf(atMs - timeOfId(id)) };
      return { id, rank: { ...rank, score: scoreOf(rank) } };
    });
    const ordered = expected.toSorted((a, b) => highestFirst({ ...a, ...a.rank }, { ...b, ...b.rank }));
    expect(entries.map(({ id }) => id)).toEqual([...idsOf(ordered), old.id]);
    for (const [index, { rank }] of ordered.entries()) {
      expect(entries[index]?.rank?.score).toBeCloseTo(rank.score, 6);
      const { score, ...factors } = entries[index]!.rank!;
      expect(score).toBe(factors.affinity * factors.weight * factors.decay);
    }
    expect(entries.at(-1)).toMatchObject({ id: old.id, rank: null });
  });

  test('counts a retweeter as close as its author, whoever is closer', async () => {
    world.like(viewer, world.post(friend));
    const byFriend = world.retweet(friend, world.post(stranger));
    const product = createRankedProduct(world, PLENTY);
    const { entries } = await product.ranked(viewer.id, 9);
    expect(entries.find(({ id }) => id === byFriend.id)?.rank?.affinity).toBeGreaterThan(1);
  });

  test('is of one page, of two and of many the same', async () => {
    for (let count = 0; count < 12; count += 1) world.post(count % 2 ? author : friend);
    const product = createRankedProduct(world, { rankedCandidates: 7 });
    const [whole, ...others] = await Promise.all([20, 6, 7, 1, 3].map((first) => product.scroll(viewer.id, first)));
    expect(idsOf(whole!).toSorted(newestFirst)).toEqual(world.homeOf(viewer));
    for (const other of others) expect(idsOf(other)).toEqual(idsOf(whole!));
  });

  test('of somebody who follows nobody and wrote nothing is empty', async () => {
    const product = createRankedProduct(world);
    expect(await product.ranked(stranger.id, 5)).toEqual({ entries: [], endCursor: null, hasNextPage: false });
  });

  test('goes on newest first where nearly everything new is hidden', async () => {
    const shown = world.post(author);
    for (let count = 0; count < 40; count += 1) world.post(friend);
    world.mute(viewer, friend, true);
    const product = createRankedProduct(world, { scanBudget: (first) => first + 3 });
    expect(idsOf(await product.scroll(viewer.id, 2))).toEqual([shown.id]);
  });

  test('has a new tweet on the next first page, and not on the pages of the order before', async () => {
    for (let count = 0; count < 4; count += 1) world.post(author);
    const product = createRankedProduct(world, PLENTY);
    const { endCursor } = await product.ranked(viewer.id, 1);
    const fresh = world.post(viewer);
    expect(idsOf((await product.ranked(viewer.id, 9, endCursor)).entries)).not.toContain(fresh.id);
    expect(idsOf((await product.ranked(viewer.id, 9)).entries)).toContain(fresh.id);
  });
});

describe('entries that are one', () => {
  let tweet: ReturnType<World['post']>;
  let retweets: Record<'older' | 'newer', ReturnType<World['post']>>;

  beforeEach(() => {
    const best = world.post(viewer);
    tweet = world.post(stranger);
    retweets = { older: world.retweet(author, tweet), newer: world.retweet(friend, tweet) };
    for (const person of [author, friend, stranger]) world.like(person, best);
  });

  const namesOfRetweet = (entries: Parameters<typeof namesIn>[0]) =>
    namesIn(entries).find(({ id }) => id === retweets.newer.id)?.followees;

  test('name all who put them there, on every page, ranked or below, as the order LATEST does', async () => {
    for (const rankedCandidates of [1, 2, 5]) {
      for (const first of [1, 9]) {
        const product = createRankedProduct(world, { ...PLENTY, rankedCandidates });
        const entries = await product.scroll(viewer.id, first);
        expect(namesOfRetweet(entries)).toEqual([friend.id, author.id]);
        expect(namesIn(entries).toSorted((a, b) => newestFirst(a.id, b.id))).toEqual(world.namedHomeOf(viewer));
      }
    }
  });

  test.each<[string, () => void]>([
    ['undoes it', () => world.undo(retweets.older)],
    ['is not followed any more', () => world.unfollow(viewer, author)],
    ['is muted', () => world.mute(viewer, author, true)],
    ['blocks the viewer', () => world.block(author, viewer)],
    ['is suspended', () => void (author.state = 'suspended')],
  ])('leave out whoever %s, and name nobody new, while somebody scrolls', async (_, happen) => {
    const product = createRankedProduct(world, PLENTY);
    const { entries, endCursor } = await product.ranked(viewer.id, 1);
    expect(namesOfRetweet(entries)).toBeUndefined();
    world.follow(viewer, stranger);
    happen();
    expect(namesOfRetweet((await product.ranked(viewer.id, 9, endCursor)).entries)).toEqual([friend.id]);
  });

  test('name the same people where the order was lost', async () => {
    const product = createRankedProduct(world, PLENTY);
    const entries = await product.scroll(viewer.id, 1, () => product.images.clear());
    expect(namesOfRetweet(entries)).toEqual([friend.id, author.id]);
  });
});

test('whoever ranks, the score is the product of the factors', async () => {
  const [first, second] = [world.post(author), world.post(author)];
  const { deps, ...product } = createRankedProduct(world, PLENTY);
  deps.ranker = async (viewerId, entries) =>
    (await edgeRank(viewerId, entries)).map((factors, index) => ({
      ...factors,
      weight: entries[index]!.entry.id === first.id ? 1_000 : 1,
    }));
  const { entries } = await product.ranked(viewer.id, 2);
  expect(idsOf(entries)).toEqual([first.id, second.id]);
  expect(entries[0]?.rank).toMatchObject({ weight: 1_000, score: 1_000 * entries[0]!.rank!.decay });
  deps.ranker = async () => [];
  world.advance(1);
  await expect(product.ranked(viewer.id, 2)).rejects.toThrow('every entry');
  for (const weight of [0, -1, NaN, Infinity]) {
    deps.ranker = async (_, all) => all.map(() => ({ affinity: 1, weight, decay: 1 }));
    world.advance(1);
    await expect(product.ranked(viewer.id, 2)).rejects.toThrow('positive and finite');
  }
  deps.ranker = async (_, all) => all.map(() => ({ affinity: 1e200, weight: 1e200, decay: 1 }));
  world.advance(1);
  await expect(product.ranked(viewer.id, 2)).rejects.toThrow('positive and finite');
});

test('a tweet stands below as many as come before it, and one that is not ranked below all that are', async () => {
  const old = world.post(author);
  const posts = Array.from({ length: 5 }, (_, index) => world.post(index % 2 ? author : friend));
  world.like(viewer, posts[2]!);
  const product = createRankedProduct(world, { ...PLENTY, rankedCandidates: 5 });
  const { entries } = await product.ranked(viewer.id, 5);
  for (const [index, { facts }] of entries.entries())
    expect(await product.countRankedAbove(viewer.id, facts.tweetId)).toBe(index);
  expect(await product.countRankedAbove(viewer.id, old.id)).toBe(5);
});

test('a first page asks tweets, users and graph once or twice, however many entries are ranked', async () => {
  for (let count = 0; count < 400; count += 1) world.post(count % 2 ? author : friend);
  const asked: Record<string, number> = {};
  const counted = <Service extends object>(service: Service): Service =>
    new Proxy(service, {
      get(target, name, receiver) {
        asked[String(name)] = (asked[String(name)] ?? 0) + 1;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
  const { graph, tweets, users } = world.services;
  const services = { graph: counted(graph), tweets: counted(tweets), users: counted(users) };
  const limits = { kept: 500, trimAbove: 600 };
  const product = createRankedProduct(world, { ...PLENTY, services, limits, rankedCandidates: 300 });
  const { endCursor } = await product.ranked(viewer.id, 20);
  // What is newest comes by listByActors, the rest of the list is ids alone.
  const read = { getRelations: 2, listByActors: 1, listIdsByActors: 1, getEntries: 1, getUsers: 2 };
  const made = { ...read, getCounters: 1, listInteractions: 1, listProfileOpens: 1 };
  // Who is famous is asked every now and then, whatever is read.
  delete asked['streamFame'];
  expect(asked).toEqual(made);
  await product.ranked(viewer.id, 20, endCursor);
  expect(asked).toEqual({ ...made, getRelations: 3, getEntries: 2, getUsers: 3 });
});
