import type { Id } from '@starling/domain/ids.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { createRankedProduct } from '../testing/ranked-product.ts';
import { PLENTY, createRankedScene } from '../testing/ranked-scene.ts';
import type { Person, World } from '../testing/world.ts';
import type { RankedEntry } from './read-ranked.ts';

/** More than this apart, entries of one tweet are not one in the order LATEST. */
const APART = 4;

let world: World;
let viewer: Person;
let ann: Person;
let bob: Person;
let cid: Person;

beforeEach(() => {
  ({ world, viewer, author: ann, friend: bob, stranger: cid } = createRankedScene());
});

const tweetsOf = (entries: readonly RankedEntry[]) => entries.map(({ facts }) => facts.tweetId);

/** The first page, which has one entry, then what happens, and the rest. */
async function scrollThrough(rankedCandidates: number, happen: (product: Product) => unknown): Promise<Id[]> {
  const product = createRankedProduct(world, { ...PLENTY, rankedCandidates });
  const { entries, endCursor } = await product.ranked(viewer.id, 1);
  await happen(product);
  await product.deliver(world.events);
  const rest = await product.ranked(viewer.id, 50, endCursor);
  expect(rest.hasNextPage).toBe(false);
  return tweetsOf([...entries, ...rest.entries]);
}
type Product = ReturnType<typeof createRankedProduct>;

describe('while somebody scrolls', () => {
  let tweet: ReturnType<World['post']>;
  let newest: ReturnType<World['post']>;
  let byBob: ReturnType<World['post']>;

  /** Bob's retweet of ann's tweet, which it makes drop, below the first page. */
  function retweetBelowFirst(): void {
    tweet = world.post(ann);
    byBob = world.retweet(bob, tweet);
    newest = world.post(viewer);
    for (const person of [ann, bob, cid]) world.like(person, newest);
  }

  test.each<[string, () => unknown]>([
    ['is undone', () => world.undo(byBob)],
    ['is of somebody unfollowed', () => world.unfollow(viewer, bob)],
    ['is of somebody muted', () => world.mute(viewer, bob, true)],
  ])('what was one with a retweet that %s takes its place', async (_, happen) => {
    retweetBelowFirst();
    expect(await scrollThrough(2, happen)).toEqual([newest.id, tweet.id]);
  });

  test('it does so from below what is ranked, and is not met again there', async () => {
    tweet = world.post(ann);
    const old = world.post(viewer);
    byBob = world.retweet(bob, tweet);
    newest = world.post(viewer);
    for (const person of [ann, bob, cid]) world.like(person, newest);
    expect(await scrollThrough(2, () => world.undo(byBob))).toEqual([newest.id, tweet.id, old.id]);
  });

  test('a tweet below what is ranked is not lost to a retweet above that a new follow brings', async () => {
    tweet = world.post(ann);
    world.retweet(cid, tweet);
    for (let count = 0; count < 2; count += 1) world.post(viewer);
    const shown = await scrollThrough(2, () => world.follow(viewer, cid));
    expect(shown.filter((id) => id === tweet.id)).toHaveLength(1);
  });

  test('a tweet that was shown above by a retweet is not shown again below once the retweet has gone', async () => {
    tweet = world.post(ann);
    world.retweet(bob, tweet);
    const shown = await scrollThrough(1, () => world.unfollow(viewer, bob));
    expect(shown).toEqual([tweet.id]);
  });

  test('nor is it met again below what a new follow brings in between, page by page', async () => {
    const old = world.post(viewer);
    tweet = world.post(ann);
    const theirs = Array.from({ length: APART }, () => world.post(cid).id);
    byBob = world.retweet(bob, tweet);
    newest = world.post(viewer);
    for (const person of [ann, bob, cid]) world.like(person, newest);
    const product = createRankedProduct(world, { ...PLENTY, rankedCandidates: 2 });
    const shown = await product.scroll(viewer.id, 1, () => {
      world.undo(byBob);
      world.follow(viewer, cid);
      return product.deliver(world.events);
    });
    expect(tweetsOf(shown)).toEqual([newest.id, tweet.id, ...theirs.reverse(), old.id]);
  });

  test('a tweet below is not lost to its retweet above that is hidden, near which it has come', async () => {
    world.follow(viewer, cid);
    tweet = world.post(ann);
    const old = [world.post(viewer), world.post(viewer)];
    for (let count = old.length; count < APART; count += 1) world.post(cid);
    world.retweet(bob, tweet);
    newest = world.post(viewer);
    for (const person of [ann, bob, cid]) world.like(person, newest);
    const shown = await scrollThrough(2, () => {
      world.mute(viewer, bob, true);
      world.unfollow(viewer, cid);
    });
    expect(shown).toEqual([newest.id, ...old.reverse().map(({ id }) => id), tweet.id]);
  });

  test('a tweet that is retweeted since stays where it was, also where the order is lost', async () => {
    tweet = world.post(ann);
    newest = world.post(viewer);
    for (const person of [ann, bob, cid]) world.like(person, newest);
    const expected = [newest.id, tweet.id];
    expect(await scrollThrough(2, () => world.retweet(bob, tweet))).toEqual(expected);
    expect(
      await scrollThrough(2, async (product) => {
        world.retweet(bob, tweet);
        await product.images.clear();
      }),
    ).toHaveLength(2);
  });
});

test('a tweet stands once among what is ranked, however far apart its entries are, and names all who put it there', async () => {
  world.follow(viewer, cid);
  const tweet = world.post(ann);
  for (const person of [bob, cid]) {
    for (let count = 0; count < APART; count += 1) world.post(viewer);
    world.retweet(person, tweet);
  }
  expect(world.homeOf(viewer)).toHaveLength(3 + 2 * APART);
  const product = createRankedProduct(world, { ...PLENTY, rankedCandidates: 50 });
  const entries = await product.scroll(viewer.id, 2);
  const shown = entries.filter(({ facts }) => facts.tweetId === tweet.id);
  expect(shown).toHaveLength(1);
  expect(entries).toHaveLength(1 + 2 * APART);
  const { facts } = shown[0]!;
  expect(new Set([facts, ...facts.collapsed].map(({ actorId }) => actorId))).toEqual(new Set([ann.id, bob.id, cid.id]));
  expect(await product.countRankedAbove(viewer.id, tweet.id)).toBe(entries.indexOf(shown[0]!));
});

test('an order that cannot be made again as a whole passes nothing over', async () => {
  const old = [1, 2, 3].map(() => world.post(ann));
  const theirs = Array.from({ length: 30 }, () => world.post(cid));
  const newest = world.post(ann);
  const shown = await scrollThrough(3, async (product) => {
    world.follow(viewer, cid);
    await product.images.clear();
  });
  for (const { id } of [...old, newest]) expect(shown).toContain(id);
  expect(shown.length).toBeLessThanOrEqual(4 + theirs.length);
});
