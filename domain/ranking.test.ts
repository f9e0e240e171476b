import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOME_KINDS, type Entry } from './home-timeline.ts';
import {
  affinityOf,
  decayOf,
  edgeRank,
  highestFirst,
  INTERACTION_KINDS,
  scoreOf,
  weightOf,
  type Engagement,
  type Interaction,
  type RankFacts,
} from './ranking.ts';

const AT = Date.UTC(2026, 0, 1);
const TEN_YEARS_MS = 10 * 365 * 24 * 60 * 60 * 1000;
/** What a double can tell apart in a sum of thousands. */
const RELATIVELY = 1 + 1e-12;

const age = fc.integer({ min: 0, max: TEN_YEARS_MS });
const interaction: fc.Arbitrary<Interaction> = fc.record({
  kind: fc.constantFrom(...INTERACTION_KINDS),
  atMs: age.map((ms) => AT - ms),
});
const interactions = fc.array(interaction, { maxLength: 50 });
const kind = fc.constantFrom(...HOME_KINDS);
const count = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const engagement: fc.Arbitrary<Engagement> = fc.record({
  likes: count,
  retweets: count,
  quotes: count,
  replies: count,
});
const factor = fc.double({ min: 2 ** -300, max: 2 ** 300, noNaN: true });
const factors = fc.record({ affinity: factor, weight: factor, decay: factor });

describe('each factor', () => {
  test('of affinity never falls by one more interaction, and rises by a recent one', () => {
    fc.assert(
      fc.property(interactions, interaction, (before, one) => {
        expect(affinityOf([...before, one], AT)).toBeGreaterThanOrEqual(affinityOf(before, AT));
        expect(affinityOf([...before, { ...one, atMs: AT }], AT)).toBeGreaterThan(affinityOf(before, AT));
      }),
    );
  });

  test('of affinity never rises as time goes by', () => {
    fc.assert(
      fc.property(interactions, age, (all, ms) => {
        expect(affinityOf(all, AT + ms)).toBeLessThanOrEqual(affinityOf(all, AT) * RELATIVELY);
      }),
    );
  });

  test('of affinity is more for a reply than for a retweet, for that than for a like, and for that than for an opened profile, of the same moment', () => {
    fc.assert(
      fc.property(interactions, age, (others, ms) => {
        // So long ago that each counts for nothing is equal.
        const atMs = AT - (ms % (365 * 24 * 60 * 60 * 1000));
        const [open = 0, like = 0, retweet = 0, reply = 0] = INTERACTION_KINDS.map((one) =>
          affinityOf([...others, { kind: one, atMs }], AT),
        );
        expect(reply).toBeGreaterThan(retweet);
        expect(retweet).toBeGreaterThanOrEqual(like);
        expect(like).toBeGreaterThanOrEqual(open);
      }),
    );
  });

  test('of affinity fades with what it comes from, an opened profile before a like, that before a retweet, that before a reply', () => {
    const affinities = (ageMs: number) =>
      INTERACTION_KINDS.map((one) => affinityOf([{ kind: one, atMs: AT - ageMs }], AT));
    expect(affinities(0).toSorted((a, b) => a - b)).toEqual(affinities(0));
    expect(new Set(affinities(0)).size).toBe(INTERACTION_KINDS.length);
    const left = affinities(10 * 24 * 60 * 60 * 1000).map((one, index) => (one - 1) / (affinities(0)[index]! - 1));
    expect(left.toSorted((a, b) => a - b)).toEqual(left);
  });

  test('of weight rises with every like, retweet, quote and reply', () => {
    fc.assert(
      fc.property(kind, engagement, (what, counts) => {
        for (const name of ['likes', 'retweets', 'quotes', 'replies'] as const) {
          const more = { ...counts, [name]: 2 * counts[name] + 1 };
          expect(weightOf(what, more)).toBeGreaterThanOrEqual(weightOf(what, counts));
        }
      }),
    );
  });

  test('of weight is more by a reply than by a quote, by that than by a retweet, by that than by a like', () => {
    const few = fc.record({
      likes: fc.nat(1_000),
      retweets: fc.nat(1_000),
      quotes: fc.nat(1_000),
      replies: fc.nat(1_000),
    });
    fc.assert(
      fc.property(kind, few, (what, counts) => {
        const [like, retweet, quote, reply] = (['likes', 'retweets', 'quotes', 'replies'] as const).map((name) =>
          weightOf(what, { ...counts, [name]: counts[name] + 1 }),
        ) as [number, number, number, number];
        expect([reply > quote, quote > retweet, retweet > like]).toEqual([true, true, true]);
        expect(like).toBeGreaterThan(weightOf(what, counts));
      }),
    );
  });

  test('of decay never rises with age, is 1 for what is new, and halves with each half-life', () => {
    fc.assert(
      fc.property(age, age, fc.integer({ min: 1, max: 900 }), (one, other, halves) => {
        expect(decayOf(Math.max(one, other))).toBeLessThanOrEqual(decayOf(Math.min(one, other)));
        expect(decayOf(halves * 1_000, 1_000)).toBe(2 ** -halves);
      }),
    );
    expect([decayOf(0), decayOf(-5_000)]).toEqual([1, 1]);
  });

  test('is positive and finite, and so is the score', () => {
    fc.assert(
      fc.property(interactions, kind, engagement, age, (all, what, counts, ms) => {
        const given = { affinity: affinityOf(all, AT), weight: weightOf(what, counts), decay: decayOf(ms) };
        for (const value of [...Object.values(given), scoreOf(given)]) {
          expect(value).toBeGreaterThan(0);
          expect(value).toBeLessThan(Infinity);
        }
      }),
    );
  });
});

test('the score never falls as a factor rises, and rises where it rises by half', () => {
  fc.assert(
    fc.property(factors, factor, (given, value) => {
      for (const name of ['affinity', 'weight', 'decay'] as const) {
        const raised = { ...given, [name]: Math.max(given[name], value) };
        expect(scoreOf(raised)).toBeGreaterThanOrEqual(scoreOf(given));
        expect(scoreOf({ ...given, [name]: given[name] * 1.5 })).toBeGreaterThan(scoreOf(given));
      }
    }),
  );
});

test('a fresh tweet of somebody close comes before one of a stranger, and both before what is a day old', async () => {
  const close = affinityOf([{ kind: 'reply', atMs: AT }], AT);
  const ranked = await edgeRank('viewer', [
    facts({ ageMs: 24 * 60 * 60 * 1000, affinity: close }),
    facts({ affinity: 1 }),
    facts({ affinity: close }),
  ]);
  const scores = ranked.map((each, index) => ({ id: String(index), score: scoreOf(each) }));
  expect(scores.sort(highestFirst).map(({ id }) => id)).toEqual(['2', '1', '0']);
});

test('what scores alike comes newest first', () => {
  const alike = ['1', '3', '2'].map((id) => ({ id, score: 0.5 }));
  expect(alike.sort(highestFirst).map(({ id }) => id)).toEqual(['3', '2', '1']);
});

function facts(given: Partial<RankFacts>): RankFacts {
  const entry: Entry = { id: '1', actorId: 'ann', tweetId: '1', authorId: 'ann', parentAuthorId: null, hashtags: [] };
  const none = { likes: 0, retweets: 0, quotes: 0, replies: 0 };
  return { entry, kind: 'TWEET', ageMs: 0, engagement: none, affinity: 1, ...given };
}
