import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  belongsToHome,
  absenceAtHome,
  kindAtHome,
  HOME_KINDS,
  homeTimeline,
  type Entry,
  type HomeAbsence,
  type HomeKind,
} from './home-timeline.ts';

const VIEWER = 'viewer';
const follows = { viewerId: VIEWER, following: new Set(['ann', 'bob']) };

describe('whether an entry belongs to the home timeline, and why', () => {
  const cases: [string, Partial<Entry>, HomeKind | HomeAbsence][] = [
    ['an own tweet', { actorId: VIEWER, authorId: VIEWER }, 'OWN'],
    ['an own reply to a stranger', { actorId: VIEWER, authorId: VIEWER, parentAuthorId: 'eve' }, 'OWN'],
    ['an own retweet of a stranger', { actorId: VIEWER, tweetId: '2', authorId: 'eve' }, 'OWN'],
    ['a followee’s tweet', { actorId: 'ann' }, 'TWEET'],
    ['a stranger’s tweet', { actorId: 'eve' }, 'NOT_FOLLOWING'],
    ['a stranger’s reply to the viewer', { actorId: 'eve', parentAuthorId: VIEWER }, 'NOT_FOLLOWING'],
    ['a followee’s reply to the viewer', { actorId: 'ann', parentAuthorId: VIEWER }, 'REPLY'],
    ['a followee’s reply to another followee', { actorId: 'ann', parentAuthorId: 'bob' }, 'REPLY'],
    ['a followee’s reply within the own thread', { actorId: 'ann', parentAuthorId: 'ann' }, 'REPLY'],
    ['a followee’s reply to a stranger', { actorId: 'ann', parentAuthorId: 'eve' }, 'REPLY_TO_OTHERS'],
    ['a followee’s retweet of a stranger', { actorId: 'ann', tweetId: '2', authorId: 'eve' }, 'RETWEET'],
    [
      'a followee’s retweet of a reply among strangers',
      { actorId: 'ann', tweetId: '2', authorId: 'eve', parentAuthorId: 'zoe' },
      'RETWEET',
    ],
    ['a stranger’s retweet of a followee', { actorId: 'eve', tweetId: '2', authorId: 'ann' }, 'NOT_FOLLOWING'],
  ];
  test.each(cases)('%s', (_, given, why) => {
    const one = entry(given);
    expect(absenceAtHome(one, follows) ?? kindAtHome(one, VIEWER)).toBe(why);
    expect(belongsToHome(one, follows)).toBe(HOME_KINDS.some((kind) => kind === why));
  });
});

test('the whole timeline is what belongs and is visible, newest first', () => {
  const entries = [
    entry({ id: '11', tweetId: '11' }),
    entry({ id: '13', tweetId: '13', actorId: 'eve' }),
    entry({ id: '14', tweetId: '14' }),
    entry({ id: '12', tweetId: '12', actorId: VIEWER }),
  ];
  expect(homeTimeline(follows, entries, ({ id }) => id !== '14')).toEqual(['12', '11']);
});

test('following one more person only ever adds', () => {
  const person = fc.constantFrom(VIEWER, 'ann', 'bob', 'cat', 'dan');
  const entries = fc.array(
    fc.record({
      actorId: person,
      authorId: person,
      parentAuthorId: fc.option(person),
      tweetId: fc.constantFrom('0', '1'),
    }),
  );
  fc.assert(
    fc.property(entries, fc.uniqueArray(person), person, (given, following, other) => {
      const all = given.map((fields, index) => entry({ ...fields, id: String(1_000 + index) }));
      const before = homeTimeline({ viewerId: VIEWER, following: new Set(following) }, all, () => true);
      const after = homeTimeline({ viewerId: VIEWER, following: new Set([...following, other]) }, all, () => true);
      expect(after).toEqual(expect.arrayContaining(before));
    }),
  );
});

function entry(given: Partial<Entry>): Entry {
  const { id = '1', actorId = 'ann', tweetId = id, authorId = actorId, parentAuthorId = null } = given;
  return { id, actorId, tweetId, authorId, parentAuthorId };
}
