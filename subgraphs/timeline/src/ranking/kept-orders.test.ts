import { firstIdAt } from '@starling/domain/ids.ts';
import { edgeRank } from '@starling/domain/ranking.ts';
import { deserialize, serialize } from 'node:v8';
import { beforeEach, describe, expect, test } from 'vitest';
import { CALL } from '../testing/product.ts';
import { createRankedProduct } from '../testing/ranked-product.ts';
import { PLENTY, createRankedScene, idsOf } from '../testing/ranked-scene.ts';
import type { Person, World } from '../testing/world.ts';
import { makeOrder } from './make-order.ts';
import { entriesAfter } from './ranked-order.ts';
import { rankedCursor } from './ranked-place.ts';

let world: World;
let viewer: Person;
let author: Person;
let friend: Person;
let stranger: Person;

beforeEach(() => {
  ({ world, viewer, author, friend, stranger } = createRankedScene());
});

describe('the kept order', () => {
  test('does not move with engagement, while a new one does', async () => {
    const [first, second] = [world.post(author), world.post(author)];
    const product = createRankedProduct(world, PLENTY);
    const page = await product.ranked(viewer.id, 1);
    expect(idsOf(page.entries)).toEqual([second.id]);
    for (const person of world.people) world.like(person, first);
    expect(idsOf((await product.ranked(viewer.id, 1, page.endCursor)).entries)).toEqual([first.id]);
    expect(idsOf((await product.ranked(viewer.id, 2)).entries)).toEqual([first.id, second.id]);
  });

  test('is made again as it was, where it was lost or has expired', async () => {
    for (let count = 0; count < 20; count += 1) world.like(viewer, world.post(count % 3 ? author : friend));
    const product = createRankedProduct(world, { rankedCandidates: 10, rankedForMs: 1_000 });
    const expected = idsOf(await product.scroll(viewer.id, 3));
    const lose = [() => product.images.clear(), () => world.advance(2_000)];
    for (const between of lose) expect(idsOf(await product.scroll(viewer.id, 3, between))).toEqual(expected);
  });

  test('is made once for requests of the same moment', async () => {
    world.post(author);
    let made = 0;
    const { deps, ...product } = createRankedProduct(world);
    deps.ranker = (viewerId, entries) => {
      made += 1;
      return edgeRank(viewerId, entries);
    };
    await Promise.all([1, 2, 3].map((first) => product.ranked(viewer.id, first)));
    expect(made).toBe(1);
  });

  test('is nobody else’s', async () => {
    world.follow(stranger, author);
    for (let count = 0; count < 3; count += 1) world.post(author);
    const product = createRankedProduct(world);
    const { endCursor } = await product.ranked(viewer.id, 1);
    world.block(author, stranger);
    expect((await product.ranked(stranger.id, 9, endCursor)).entries).toEqual([]);
  });

  test('comes out of Redis as it went in', async () => {
    const tweet = world.post(stranger);
    const collapsed = world.retweet(author, tweet);
    const ids = [world.post(author), world.post(friend), world.retweet(friend, tweet)].map(({ id }) => id);
    const { deps } = createRankedProduct(world, PLENTY);
    const { order } = await makeOrder(deps, CALL, viewer.id, { id: ids[0]! });
    const copy = deserialize(serialize(order)) as typeof order;
    const entries = entriesAfter(copy, null, 9);
    expect(entries).toEqual(entriesAfter(order, null, 9));
    expect(idsOf(entries).toSorted()).toEqual(ids.toSorted());
    expect(entries.find(({ id }) => id === ids[2])?.collapsedIds).toEqual([collapsed.id]);
    expect(entries.flatMap(({ collapsedIds }) => collapsedIds)).toHaveLength(1);
  });

  test('is of a viewer one of four at most, however many pages are asked for, of whatever moments', async () => {
    for (let count = 0; count < 3; count += 1) world.post(author);
    const product = createRankedProduct(world, PLENTY);
    const { deps } = product;
    const keys = new Set<string>();
    const { getOrLoad } = deps.images;
    deps.images.getOrLoad = (key, ...rest) => {
      if (key.startsWith('timeline:ranked:')) keys.add(key);
      return getOrLoad(key, ...rest);
    };
    const { entries } = await product.ranked(viewer.id, 1);
    const { id, epoch } = entries[0]!;
    for (let age = 0; age < 30; age += 1) {
      const crafted = { id, epoch: { ...epoch, id: firstIdAt(world.now() - age) }, score: Number.MAX_VALUE };
      await product.ranked(viewer.id, 1, rankedCursor(crafted));
      world.advance(1);
      await product.ranked(viewer.id, 1);
    }
    expect(keys.size).toBe(4);
  });

  test('stays what it was where orders of two moments take each other’s place', async () => {
    const posts = [1, 2, 3, 4].map(() => world.post(author));
    const product = createRankedProduct(world, PLENTY);
    const one = await product.ranked(viewer.id, 1);
    world.advance(4);
    const late = world.post(viewer);
    const other = await product.ranked(viewer.id, 1);
    const rest = async ({ endCursor }: { endCursor: string | null }) =>
      idsOf((await product.ranked(viewer.id, 9, endCursor)).entries);
    const newestFirst = idsOf(posts).toReversed();
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await rest(one)).toEqual(newestFirst.slice(1));
      expect(await rest(other)).toEqual(newestFirst);
    }
    expect(idsOf(other.entries)).toEqual([late.id]);
  });
});
