import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  belongsToHome,
  absenceAtHome,
  followedHashtag,
  kindAtHome,
  HOME_KINDS,
  homeTimeline,
  type Entry,
  type HomeAbsence,
  type HomeKind,
} from './home-timeline.ts';

const VIEWER = 'viewer';
const follows = { viewerId: VIEWER, following: new Set(['ann', 'bob']), hashtags: new Set(['tea', 'cake']) };

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
    ['a stranger’s tweet with a followed hashtag', { actorId: 'eve', hashtags: ['tea'] }, 'HASHTAG'],
    ['a stranger’s tweet with another hashtag', { actorId: 'eve', hashtags: ['coffee'] }, 'NOT_FOLLOWING'],
    ['a followee’s tweet with a followed hashtag', { actorId: 'ann', hashtags: ['tea'] }, 'TWEET'],
    ['an own tweet with a followed hashtag', { actorId: VIEWER, hashtags: ['tea'] }, 'OWN'],
    [
      'a stranger’s retweet of a tweet with a followed hashtag',
      { actorId: 'eve', tweetId: '2', authorId: 'zoe', hashtags: ['tea'] },
      'NOT_FOLLOWING',
    ],
    [
      'a stranger’s reply to the viewer with a followed hashtag',
      { actorId: 'eve', parentAuthorId: VIEWER, hashtags: ['tea'] },
      'HASHTAG',
    ],
    [
      'a stranger’s reply within the own thread with a followed hashtag',
      { actorId: 'eve', parentAuthorId: 'eve', hashtags: ['tea'] },
      'HASHTAG',
    ],
    [
      'a stranger’s reply among strangers with a followed hashtag',
      { actorId: 'eve', parentAuthorId: 'zoe', hashtags: ['tea'] },
      'REPLY_TO_OTHERS',
    ],
    [
      'a followee’s reply to a stranger with a followed hashtag',
      { actorId: 'ann', parentAuthorId: 'eve', hashtags: ['tea'] },
      'REPLY_TO_OTHERS',
    ],
  ];
  test.each(cases)('%s', (_, given, why) => {
    const one = entry(given);
    expect(absenceAtHome(one, follows) ?? kindAtHome(one, follows)).toBe(why);
    expect(belongsToHome(one, follows)).toBe(HOME_KINDS.some((kind) => kind === why));
  });
});

test('the hashtag that brings a tweet in is the first of the text that the viewer follows; a retweet has none', () => {
  const hashtags = ['coffee', 'cake', 'tea'];
  expect(followedHashtag(entry({ hashtags }), follows)).toBe('cake');
  expect(followedHashtag(entry({ hashtags: ['coffee'] }), follows)).toBeNull();
  expect(followedHashtag(entry({ hashtags, tweetId: '2' }), follows)).toBeNull();
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

test('following one more person or hashtag only ever adds', () => {
  const person = fc.constantFrom(VIEWER, 'ann', 'bob', 'cat', 'dan');
  const tag = fc.constantFrom('tea', 'cake');
  const entries = fc.array(
    fc.record({
      actorId: person,
      authorId: person,
      parentAuthorId: fc.option(person),
      tweetId: fc.constantFrom('0', '1'),
      hashtags: fc.uniqueArray(tag),
    }),
  );
  fc.assert(
    fc.property(entries, fc.uniqueArray(person), person, tag, (given, following, other, another) => {
      const all = given.map((fields, index) => entry({ ...fields, id: String(1_000 + index) }));
      const homeOf = (people: string[], hashtags: string[]) =>
        homeTimeline({ viewerId: VIEWER, following: new Set(people), hashtags: new Set(hashtags) }, all, () => true);
      const before = homeOf(following, []);
      expect(homeOf([...following, other], [])).toEqual(expect.arrayContaining(before));
      expect(homeOf(following, [another])).toEqual(expect.arrayContaining(before));
    }),
  );
});

function entry(given: Partial<Entry>): Entry {
  const { id = '1', actorId = 'ann', tweetId = id, authorId = actorId, parentAuthorId = null, hashtags = [] } = given;
  return { id, actorId, tweetId, authorId, parentAuthorId, hashtags };
}
