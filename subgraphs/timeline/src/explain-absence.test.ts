import { beforeEach, describe, expect, test } from 'vitest';
import { StarlingError } from '@starling/kit/errors.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { createProduct } from './testing/product.ts';
import { createWorld, type Person, type World } from './testing/world.ts';

let world: World;
let product: ReturnType<typeof createProduct>;
let viewer: Person;
let ann: Person;

let eve: Person;

beforeEach(() => {
  world = createWorld(3);
  [viewer, ann, eve] = world.people as [Person, Person, Person];
  product = createProduct(world);
  world.follow(viewer, ann);
});

const explain = (tweet: { tweetId: string }) => product.explain(viewer.id, tweet.tweetId);
const closed = (...causes: [string, Person][]) => ({
  shown: null,
  absences: causes.map(([cause, { id: actorId }]) => ({ cause, actorId, waitingMs: null, sinceMs: null })),
});

describe('a tweet that is in the timeline', () => {
  test.each(['own', 'followed'])('is told to be there: %s', async (whose) => {
    const tweet = world.post(whose === 'own' ? viewer : ann);
    expect(await explain(tweet)).toMatchObject({ shown: { id: tweet.id }, absences: [] });
  });

  test('by a retweet is told to be there by that', async () => {
    const tweet = world.post(eve);
    const retweet = world.retweet(ann, tweet);
    expect(await explain(tweet)).toMatchObject({ shown: { id: retweet.id, actorId: ann.id }, absences: [] });
  });
});

describe('a stranger’s tweet with a followed hashtag', () => {
  beforeEach(() => world.followHashtag(viewer, 'tea'));
  const tagged = (author: Person, parent?: EntryFacts) =>
    world.post(author, { hashtags: ['tea'], ...(parent && { parent }) });

  test('is told to be there, however late its delivery', async () => {
    await product.home(viewer.id, 5);
    for (const author of [eve, ann]) {
      const tweet = tagged(author);
      expect(await explain(tweet)).toMatchObject({ shown: { id: tweet.id }, absences: [] });
      expect((await product.home(viewer.id, 5)).entries[0]).toMatchObject({ id: tweet.id });
    }
  });

  test('is told to be away by the same rules as a followee’s', async () => {
    expect(await explain(tagged(eve, world.post(eve)))).toMatchObject({ absences: [] });
    const [own, other] = [world.post(viewer), world.post(ann)];
    for (const parent of [own, other]) expect(await explain(tagged(eve, parent))).toMatchObject({ absences: [] });
    eve.isPrivate = true;
    expect(await explain(tagged(eve))).toEqual(closed(['AUTHOR_PRIVATE', eve]));
    world.unfollow(viewer, ann);
    expect(await explain(tagged(ann))).toMatchObject({ absences: [] });
    expect(await explain(tagged(eve, other))).toEqual(closed(['AUTHOR_PRIVATE', eve]));
    eve.isPrivate = false;
    expect(await explain(tagged(eve, other))).toEqual(closed(['REPLY_TO_OTHERS', eve]));
    world.unfollowHashtag(viewer, 'tea');
    expect(await explain(tagged(eve))).toEqual(closed(['NOT_FOLLOWING', eve]));
  });
});

describe('ways that are one', () => {
  test('are told besides the one that shows the tweet, which names who made them', async () => {
    const tweet = world.post(ann);
    const own = world.retweet(viewer, tweet);
    const explained = await explain(tweet);
    expect(explained).toMatchObject({ shown: { id: own.id, collapsed: [{ id: tweet.id }] } });
    expect(explained?.absences).toEqual([
      { cause: 'RETWEET_COLLAPSED', actorId: ann.id, waitingMs: null, sinceMs: null },
    ]);
  });

  test('are not those that lie far apart', async () => {
    const tweet = world.post(ann);
    for (let count = 0; count < world.collapseWithin; count++) world.post(viewer);
    const retweet = world.retweet(viewer, tweet);
    expect(await explain(tweet)).toMatchObject({ shown: { ...retweet, collapsed: [] }, absences: [] });
  });
});

describe('a tweet that is not in the timeline', () => {
  const cases: [string, () => { tweetId: string }, () => object][] = [
    ['a stranger’s', () => world.post(eve), () => closed(['NOT_FOLLOWING', eve])],
    [
      'a reply to a stranger',
      () => world.post(ann, { parent: world.post(eve) }),
      () => closed(['REPLY_TO_OTHERS', ann]),
    ],
    ['a muted followee’s', () => (world.mute(viewer, ann, true), world.post(ann)), () => closed(['AUTHOR_MUTED', ann])],
    ['a blocked person’s', () => (world.block(viewer, eve), world.post(eve)), () => closed(['AUTHOR_BLOCKED', eve])],
    ['of who blocks', () => (world.block(eve, viewer), world.post(eve)), () => closed(['BLOCKED_BY_AUTHOR', eve])],
    ['a private stranger’s', () => ((eve.isPrivate = true), world.post(eve)), () => closed(['AUTHOR_PRIVATE', eve])],
    [
      'of a gone account',
      () => ((ann.state = 'deactivated'), world.post(ann)),
      () => closed(['AUTHOR_DEACTIVATED', ann]),
    ],
    [
      'a muted followee’s retweet of a stranger',
      retweetOfMuted,
      () => closed(['NOT_FOLLOWING', eve], ['AUTHOR_MUTED', ann]),
    ],
  ];
  test.each(cases)('%s', async (_, make, expected) => {
    expect(await explain(make())).toEqual(expected());
  });

  function retweetOfMuted() {
    const tweet = world.post(eve);
    world.retweet(ann, tweet);
    world.mute(viewer, ann, true);
    return tweet;
  }

  test('of somebody the viewer has unfollowed, since when', async () => {
    world.follow(viewer, eve);
    world.unfollow(viewer, eve);
    world.follow(viewer, eve);
    world.advance(1_000);
    world.unfollow(viewer, eve);
    const sinceMs = world.now();
    const tweet = world.post(eve);
    expect(await explain(tweet)).toMatchObject({ absences: [{ cause: 'NOT_FOLLOWING', actorId: eve.id, sinceMs }] });
  });

  test('a deleted one', async () => {
    const tweet = world.post(ann);
    world.setTweetState(tweet, 'deleted');
    expect(await explain(tweet)).toEqual(closed(['DELETED', ann]));
  });

  test('one whose delivery is under way, for how long, and no more once it has come', async () => {
    await product.home(viewer.id, 5);
    const tweet = world.post(ann);
    world.advance(1_500);
    const waiting = { cause: 'NOT_DELIVERED_YET', actorId: ann.id, waitingMs: 1_500, sinceMs: null };
    expect(await explain(tweet)).toEqual({ shown: null, absences: [waiting] });
    await product.deliver(world.events);
    expect(await explain(tweet)).toMatchObject({ shown: { id: tweet.id } });
  });

  test('one that never was', async () => {
    expect(await product.explain(viewer.id, '1234567890123456789')).toBeNull();
  });
});

test('a list that nobody can read keeps nothing out: who reads now reads without it', async () => {
  const away = new StarlingError('UNAVAILABLE', 'away');
  const broken = createProduct(world, {
    wrapStore: (store) => ({ ...store, read: () => Promise.reject(away) }),
  });
  const tweet = world.post(ann);
  expect(await broken.explain(viewer.id, tweet.id)).toMatchObject({ shown: { id: tweet.id } });
  expect(await broken.home(viewer.id, 5)).toMatchObject({ entries: [{ id: tweet.id }] });
});
