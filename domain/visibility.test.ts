import { describe, expect, test } from 'vitest';
import {
  accountStateOf,
  decide,
  decideEntry,
  NO_RELATION,
  reasonsOnEntry,
  type AuthorFacts,
  type Reason,
  type Relation,
  type Subject,
  type Surface,
  tweetStateOf,
} from './visibility.ts';

const VIEWER = 'viewer';
const SURFACES: Surface[] = ['direct', 'conversation', 'home', 'profile', 'search', 'notifications', 'people'];
const KEEPING: Surface[] = ['direct', 'conversation'];

type Given = { author?: Partial<AuthorFacts>; relation?: Partial<Relation>; tweetState?: Subject['tweetState'] };

describe('a tweet that may not be shown keeps its place where places matter, and drops elsewhere', () => {
  const cases: [Reason, Given][] = [
    ['DELETED', { tweetState: 'deleted' }],
    ['WITHHELD', { tweetState: 'withheld' }],
    ['AUTHOR_DEACTIVATED', { author: { state: 'deactivated' } }],
    ['AUTHOR_SUSPENDED', { author: { state: 'suspended' } }],
    ['AUTHOR_ERASED', { author: { state: 'erased' } }],
    ['BLOCKED_BY_AUTHOR', { relation: { blockedBy: true } }],
    ['AUTHOR_BLOCKED', { relation: { blocking: true } }],
    ['AUTHOR_PRIVATE', { author: { isPrivate: true } }],
  ];
  test.each(cases)('%s', (reason, given) => {
    for (const surface of SURFACES) {
      const verdict = KEEPING.includes(surface) ? 'tombstone' : 'drop';
      expect(decide(VIEWER, tweet(given), surface)).toEqual({ verdict, reason });
      expect(decideEntry(VIEWER, { actor: tweet({}), tweet: tweet(given) }, surface)).toEqual({ verdict, reason });
    }
  });
});

test('a mute keeps out what comes unasked, and nothing that one opens', () => {
  const verdicts = SURFACES.map((surface) => [
    surface,
    decide(VIEWER, tweet({ relation: { muting: true } }), surface).verdict,
  ]);
  expect(Object.fromEntries(verdicts)).toEqual({
    direct: 'show',
    conversation: 'show',
    home: 'drop',
    profile: 'show',
    search: 'drop',
    notifications: 'drop',
    people: 'show',
  });
});

test('a private account shows its tweets to followers, and itself to everybody', () => {
  const author = { isPrivate: true };
  expect(decide(VIEWER, tweet({ author, relation: { following: true } }), 'home')).toEqual({ verdict: 'show' });
  expect(decide(null, tweet({ author }), 'profile').verdict).toBe('drop');
  expect(decide(VIEWER, { author: facts(author), relation: NO_RELATION }, 'people')).toEqual({ verdict: 'show' });
});

test('an author sees everything of their own but what is gone', () => {
  const own = (given: Given): Given => ({ ...given, author: { ...given.author, id: VIEWER } });
  const seen: Given[] = [
    { tweetState: 'withheld' },
    { author: { state: 'deactivated' } },
    { author: { state: 'suspended' } },
    { author: { isPrivate: true } },
  ];
  for (const given of seen) expect(decide(VIEWER, tweet(own(given)), 'home').verdict).toBe('show');
  const gone: Given[] = [{ tweetState: 'deleted' }, { author: { state: 'erased' } }];
  for (const given of gone) expect(decide(VIEWER, tweet(own(given)), 'direct').verdict).toBe('tombstone');
});

test('nobody learns of a block who could not see the tweet anyway', () => {
  const given: Given = { author: { state: 'suspended' }, relation: { blockedBy: true, muting: true } };
  expect(decide(VIEWER, tweet(given), 'direct')).toMatchObject({ reason: 'AUTHOR_SUSPENDED' });
  expect(decide(VIEWER, tweet({ ...given, tweetState: 'deleted' }), 'direct')).toMatchObject({ reason: 'DELETED' });
});

describe('a retweet is shown only if its author and its retweeter may be shown', () => {
  const hidden: [string, Given][] = [
    ['muted', { relation: { muting: true } }],
    ['blocked', { relation: { blocking: true } }],
    ['blocking', { relation: { blockedBy: true } }],
    ['deactivated', { author: { state: 'deactivated' } }],
    ['private', { author: { isPrivate: true } }],
  ];
  test.each(hidden)('%s', (_, given) => {
    const shown = tweet({ author: { id: 'bob' } });
    const ann = tweet({ ...given, author: { ...given.author, id: 'ann' } });
    expect(decideEntry(VIEWER, { actor: ann, tweet: shown }, 'home').verdict).toBe('drop');
    expect(decideEntry(VIEWER, { actor: shown, tweet: ann }, 'home').verdict).toBe('drop');
    expect(decideEntry(VIEWER, { actor: shown, tweet: shown }, 'home').verdict).toBe('show');
  });

  test.each(hidden)('and whoever is %s is told to be the reason', (_, given) => {
    const [shown, ann] = [
      tweet({ author: { id: 'bob' } }),
      tweet({ ...given, author: { ...given.author, id: 'ann' } }),
    ];
    const other = tweet({ author: { id: 'eve' }, relation: { muting: true } });
    for (const pair of [
      { actor: ann, tweet: shown },
      { actor: shown, tweet: ann },
      { actor: ann, tweet: ann },
      { actor: ann, tweet: other },
      { actor: other, tweet: ann },
    ]) {
      const reasons = reasonsOnEntry(VIEWER, pair, 'home');
      const people = [pair.tweet, pair.actor].map(({ author }) => author.id).filter((id) => id !== 'bob');
      expect(reasons.map(({ personId }) => personId)).toEqual([...new Set(people)]);
      expect(decideEntry(VIEWER, pair, 'home')).toEqual({ verdict: 'drop', reason: reasons[0]?.reason });
    }
    expect(reasonsOnEntry(VIEWER, { actor: shown, tweet: shown }, 'home')).toEqual([]);
  });

  test('the state of the tweet is no state of the retweeter', () => {
    const withheld = tweet({ author: { id: 'bob' }, tweetState: 'withheld' });
    const retweeter = tweet({ author: { id: 'ann' }, tweetState: 'withheld' });
    expect(decideEntry(VIEWER, { actor: retweeter, tweet: tweet({ author: { id: 'bob' } }) }, 'home').verdict).toBe(
      'show',
    );
    expect(decideEntry(VIEWER, { actor: retweeter, tweet: withheld }, 'home')).toEqual({
      verdict: 'drop',
      reason: 'WITHHELD',
    });
    expect(reasonsOnEntry(VIEWER, { actor: retweeter, tweet: withheld }, 'home')).toEqual([
      { reason: 'WITHHELD', personId: 'bob' },
    ]);
  });
});

test('a state that this version does not know hides', () => {
  expect(['active', 'deactivated', 'suspended', 'erased'].map(accountStateOf)).toEqual([
    'active',
    'deactivated',
    'suspended',
    'erased',
  ]);
  expect(['live', 'deleted', 'withheld'].map(tweetStateOf)).toEqual(['live', 'deleted', 'withheld']);
  expect(['frozen', '', 'ACTIVE'].map(accountStateOf)).toEqual(['suspended', 'suspended', 'suspended']);
  expect(['draft', ''].map(tweetStateOf)).toEqual(['deleted', 'deleted']);
});

function tweet({ author, relation, tweetState = 'live' }: Given): Subject {
  return { author: facts(author), relation: { ...NO_RELATION, ...relation }, tweetState };
}

function facts(given: Partial<AuthorFacts> = {}): AuthorFacts {
  return { id: 'author', state: 'active', isPrivate: false, ...given };
}
