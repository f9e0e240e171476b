import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeId, timeOfId } from './ids.ts';
import {
  absenceAtHome,
  belongsToHome,
  collapsedInto,
  followedHashtag,
  kindAtHome,
  HOME_KINDS,
  homeTimeline,
  homeTimelineAt,
  isCollapsed,
  type Entry,
  type HomeAbsence,
  type HomeEntry,
  type HomeKind,
  type PastEntry,
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
  const rules = { isVisible: ({ id }: Entry) => id !== '14', collapseWithin: 0 };
  expect(homeTimeline(follows, entries, rules)).toEqual([
    { id: '12', followees: [] },
    { id: '11', followees: ['ann'] },
  ]);
});

describe('entries of the same tweet', () => {
  type Act = [actorId: string, tweetId: string];
  const ann: Act = ['ann', '7'];
  const bob: Act = ['bob', '7'];
  const own: Act = [VIEWER, '7'];
  const other: Act = ['ann', '8'];
  /** Given newest first, from id 99 down. */
  const home = (collapseWithin: number, ...acts: Act[]): HomeEntry[] => {
    const entries = acts.map(([actorId, tweetId], index) => entry({ id: String(99 - index), actorId, tweetId }));
    return homeTimeline(follows, entries, { isVisible: () => true, collapseWithin });
  };

  test('collapse into the newest, which names everybody once, but not the viewer', () => {
    expect(home(9, ann, other, own, bob, ann)).toEqual([
      { id: '99', followees: ['ann', 'bob'] },
      { id: '98', followees: ['ann'] },
    ]);
    expect(home(9, own, bob)).toEqual([{ id: '99', followees: ['bob'] }]);
  });

  test('stand side by side where more entries lie between, dropped ones counted', () => {
    expect(home(1, ann, other, bob).map(({ id }) => id)).toEqual(['99', '98', '97']);
    expect(home(2, ann, other, bob).map(({ id }) => id)).toEqual(['99', '98']);
    expect(home(1, ann, bob, own)).toEqual([{ id: '99', followees: ['ann', 'bob'] }]);
  });

  test('stand all where nothing collapses', () => {
    expect(home(0, ann, bob)).toHaveLength(2);
  });

  test('are never lost altogether, and each that is dropped has one above it within reach', () => {
    const tweets = fc.array(fc.record({ tweetId: fc.constantFrom('1', '2', '3') }), { maxLength: 30 });
    fc.assert(
      fc.property(tweets, fc.integer({ min: 0, max: 9 }), (entries, within) => {
        const standing = entries.filter((_, index) => !isCollapsed(entries, index, within));
        expect(new Set(standing.map(({ tweetId }) => tweetId))).toEqual(new Set(entries.map(({ tweetId }) => tweetId)));
        const droppers = entries.flatMap((_, index) => collapsedInto(entries, index, within));
        for (const [index, one] of entries.entries())
          expect(droppers.includes(one)).toBe(isCollapsed(entries, index, within));
      }),
    );
  });
});

describe('the timeline as it was', () => {
  const NEVER = null;
  const at = (atMs: number) => composeId({ atMs, node: 1, sequence: 0 });
  const START = Date.UTC(2026, 0, 1);
  const past = (atMs: number, undoneAtMs: number | null, given: Partial<Entry> = {}): PastEntry => ({
    ...entry({ id: at(START + atMs), ...given }),
    undoneAtMs: undoneAtMs === null ? null : START + undoneAtMs,
  });
  const follows = [
    { followeeId: 'ann', sinceMs: START + 10, untilMs: START + 20 },
    { followeeId: 'ann', sinceMs: START + 30, untilMs: null },
  ];
  const hashtagFollows = [{ tag: 'tea', sinceMs: START + 30, untilMs: START + 35 }];
  const entries = [
    past(5, NEVER),
    past(12, NEVER),
    past(13, 16, { tweetId: '1', authorId: 'eve' }),
    past(14, NEVER, { actorId: 'eve', hashtags: ['tea'] }),
  ];
  const momentsOf = (atMs: number, hidden: string | null = null): number[] =>
    homeTimelineAt(START + atMs, { viewerId: VIEWER, follows, hashtagFollows }, entries, {
      isVisible: ({ id }) => id !== hidden,
      collapseWithin: 0,
    }).map(({ id }) => timeOfId(id) - START);

  test.each([
    [9, []],
    [10, [5]],
    [11, [5]],
    [12, [12, 5]],
    [13, [13, 12, 5]],
    [15, [13, 12, 5]],
    [16, [12, 5]],
    [19, [12, 5]],
    [20, []],
    [30, [14, 12, 5]],
    [35, [12, 5]],
  ])('at %d', (atMs, seen) => {
    expect(momentsOf(atMs)).toEqual(seen);
  });

  test('hides what is hidden now', () => {
    expect(momentsOf(15, at(START + 12))).toEqual([13, 5]);
  });
});

test('following one more person or hashtag only ever adds, where nothing collapses', () => {
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
        homeTimeline({ viewerId: VIEWER, following: new Set(people), hashtags: new Set(hashtags) }, all, {
          isVisible: () => true,
          collapseWithin: 0,
        });
      const before = homeOf(following, []).map(({ id }) => id);
      expect(homeOf([...following, other], []).map(({ id }) => id)).toEqual(expect.arrayContaining(before));
      expect(homeOf(following, [another]).map(({ id }) => id)).toEqual(expect.arrayContaining(before));
    }),
  );
});

function entry(given: Partial<Entry>): Entry {
  const { id = '1', actorId = 'ann', tweetId = id, authorId = actorId, parentAuthorId = null, hashtags = [] } = given;
  return { id, actorId, tweetId, authorId, parentAuthorId, hashtags };
}
