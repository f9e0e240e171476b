import { beforeEach, describe, expect, test } from 'vitest';
import type { Reason } from '@starling/domain/visibility.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { createProduct } from './testing/product.ts';
import { createWorld, type Person, type World } from './testing/world.ts';

let world: World;
let product: ReturnType<typeof createProduct>;
let viewer: Person;
let ann: Person;
let eve: Person;
let bob: Person;

beforeEach(() => {
  world = createWorld(4);
  [viewer, ann, eve, bob] = world.people as [Person, Person, Person, Person];
  product = createProduct(world);
  world.follow(viewer, ann);
});

const explain = (tweet: { tweetId: string }) => product.explain(viewer.id, tweet.tweetId);
const closed = (...causes: [string, Person | null][]) => ({
  shown: null,
  absences: causes.map(([cause, actor]) => ({ cause, actorId: actor?.id ?? null, waitingMs: null, sinceMs: null })),
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
    expect(await explain(tagged(eve))).toEqual(closed(['AUTHOR_PRIVATE', null]));
    world.unfollow(viewer, ann);
    expect(await explain(tagged(ann))).toMatchObject({ absences: [] });
    expect(await explain(tagged(eve, other))).toEqual(closed(['AUTHOR_PRIVATE', null]));
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
    [
      'a muted stranger’s, which neither unmuting nor following alone would bring in',
      () => (world.mute(viewer, eve, true), world.post(eve)),
      () => closed(['AUTHOR_MUTED', eve], ['NOT_FOLLOWING', eve]),
    ],
    [
      'a muted followee’s reply to a stranger',
      () => (world.mute(viewer, ann, true), world.post(ann, { parent: world.post(eve) })),
      () => closed(['AUTHOR_MUTED', ann], ['REPLY_TO_OTHERS', ann]),
    ],
  ];
  test.each(cases)('%s', async (_, make, expected) => {
    expect(await explain(make())).toEqual(expected());
  });

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

describe('a retweet is kept out by whom the cause is about', () => {
  const retweeted = (author: Person, ...retweeters: Person[]) => {
    const tweet = world.post(author);
    for (const retweeter of retweeters) world.retweet(retweeter, tweet);
    return tweet;
  };
  beforeEach(() => world.follow(viewer, bob));

  test('its retweeter', async () => {
    world.mute(viewer, ann, true);
    expect(await explain(retweeted(eve, ann))).toEqual(closed(['NOT_FOLLOWING', eve], ['AUTHOR_MUTED', ann]));
  });

  test('its author, once for all who retweeted', async () => {
    world.mute(viewer, ann, true);
    expect(await explain(retweeted(ann, bob, viewer))).toEqual(closed(['AUTHOR_MUTED', ann]));
  });

  test('both', async () => {
    for (const person of [eve, bob]) world.mute(viewer, person, true);
    const expected = closed(['AUTHOR_MUTED', eve], ['NOT_FOLLOWING', eve], ['AUTHOR_MUTED', bob]);
    expect(await explain(retweeted(eve, bob))).toEqual(expected);
    expect(await explain(retweeted(eve, bob, ann))).toMatchObject({
      absences: [{ cause: 'AUTHOR_MUTED' }, { cause: 'NOT_FOLLOWING' }, { cause: 'AUTHOR_MUTED', actorId: bob.id }],
    });
  });

  test.each(['deactivated', 'suspended', 'erased'] as const)('not one who is %s, whom no list has', async (state) => {
    bob.state = state;
    expect(await explain(retweeted(eve, bob))).toEqual(closed(['NOT_FOLLOWING', eve]));
  });
});

describe('a tweet that the viewer may not open tells why, and neither who wrote it nor who retweeted it', () => {
  const cases: [Reason, (tweet: EntryFacts) => unknown][] = [
    ['DELETED', (tweet) => world.setTweetState(tweet, 'deleted')],
    ['WITHHELD', (tweet) => world.setTweetState(tweet, 'withheld')],
    ['AUTHOR_DEACTIVATED', () => (eve.state = 'deactivated')],
    ['AUTHOR_SUSPENDED', () => (eve.state = 'suspended')],
    ['AUTHOR_ERASED', () => (eve.state = 'erased')],
    ['AUTHOR_PRIVATE', () => (world.unfollow(viewer, eve), (eve.isPrivate = true))],
    ['BLOCKED_BY_AUTHOR', () => world.block(eve, viewer)],
    ['AUTHOR_BLOCKED', () => world.block(viewer, eve)],
  ];
  test.each(cases)('%s', async (cause, hide) => {
    world.follow(viewer, eve);
    const tweet = world.post(eve);
    for (const retweeter of [ann, viewer]) world.retweet(retweeter, tweet);
    hide(tweet);
    expect(await explain(tweet)).toEqual(closed([cause, null]));
    world.mute(viewer, eve, true);
    world.mute(viewer, ann, true);
    expect(await explain(tweet)).toEqual(closed([cause, null]));
  });

  test('of the viewer’s own that is deleted alone', async () => {
    const tweet = world.post(viewer);
    world.retweet(ann, tweet);
    world.setTweetState(tweet, 'withheld');
    expect(await explain(tweet)).toMatchObject({ shown: { tweetId: tweet.id } });
    world.setTweetState(tweet, 'deleted');
    expect(await explain(tweet)).toEqual(closed(['DELETED', null]));
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
