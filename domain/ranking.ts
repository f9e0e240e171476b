import type { Entry, HomeKind } from './home-timeline.ts';
import { newestFirst, type Id } from './ids.ts';

/**
 * The ranking of home timelines: affinity × weight × decay, the form of Facebook's EdgeRank (f8, 2010).
 * Every factor is positive and finite, so nothing is ranked out of a timeline, and a score can be recomputed from its factors.
 */
export type Factors = {
  /** How close the viewer is to whoever is behind the entry: from 1. */
  affinity: number;
  /** How much the entry is worth to anybody, by its kind and by what people did with its tweet. */
  weight: number;
  /** From 1 down, halving with age. */
  decay: number;
};

/** How often what was done with a tweet. */
export type Engagement = { likes: number; retweets: number; quotes: number; replies: number };

/** What a person did to somebody else, by opening the profile, or to their tweet, and when: epoch milliseconds. */
export type Interaction = { kind: InteractionKind; atMs: number };
export const INTERACTION_KINDS = ['open', 'like', 'retweet', 'reply'] as const;
export type InteractionKind = (typeof INTERACTION_KINDS)[number];

/** What a ranker may know of an entry. */
export type RankFacts = { entry: Entry; kind: HomeKind; ageMs: number; engagement: Engagement; affinity: number };

/**
 * The seam: whatever gives factors, a model as well as a formula, for many entries at once and in their order. The score is
 * always their product.
 */
export type Ranker = (viewerId: Id, entries: readonly RankFacts[]) => Promise<readonly Factors[]>;

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Every number of the formula. Like : retweet = 1 : 2 and the order like < retweet < reply are those of Twitter's published
 * ranking of 2023 (the-algorithm-ml, projects/home/recap: 0.5, 1 and 27). There they weigh probabilities and here counts,
 * hence the smaller step to replies, with quotes, which are retweets that say something, between. Six hours are the half-life
 * of its search index (the-algorithm, ranking.thrift: 360 minutes). The other numbers are our judgement: what costs more
 * effort is remembered for longer; to open a profile is half a like, as it may be out of curiosity alone, and is forgotten first;
 * and one's own and followees' own words come before what they pass on or say to each other, and that before what strangers say
 * under a hashtag.
 */
const FORMULA = {
  engagement: { likes: 1, retweets: 2, quotes: 4, replies: 8 } satisfies Record<keyof Engagement, number>,
  interaction: {
    open: { worth: 0.5, halfLifeMs: 3 * DAY_MS },
    like: { worth: 1, halfLifeMs: 7 * DAY_MS },
    retweet: { worth: 2, halfLifeMs: 14 * DAY_MS },
    reply: { worth: 8, halfLifeMs: 28 * DAY_MS },
  } satisfies Record<InteractionKind, { worth: number; halfLifeMs: number }>,
  kind: { OWN: 1, TWEET: 1, RETWEET: 0.8, REPLY: 0.7, HASHTAG: 0.6 } satisfies Record<HomeKind, number>,
  halfLifeMs: 6 * HOUR_MS,
  /** After some 250 days age makes no more difference; a decay of 0 would take the other factors away as well. */
  leastDecay: 2 ** -1000,
};

/** The formula. */
export const edgeRank: Ranker = async (_viewerId, entries) =>
  entries.map(({ kind, ageMs, engagement, affinity }) => ({
    affinity,
    weight: weightOf(kind, engagement),
    decay: decayOf(ageMs),
  }));

export function scoreOf({ affinity, weight, decay }: Factors): number {
  return affinity * weight * decay;
}

/** From what the viewer did to a person; 1 for nothing. Saturates: the hundredth like says less than the first. */
export function affinityOf(interactions: readonly Interaction[], atMs: number): number {
  let sum = 0;
  for (const interaction of interactions) {
    const { worth, halfLifeMs } = FORMULA.interaction[interaction.kind];
    sum += worth * decayOf(atMs - interaction.atMs, halfLifeMs);
  }
  return 1 + Math.log1p(sum);
}

/** Saturates as well. */
export function weightOf(kind: HomeKind, engagement: Engagement): number {
  const { likes, retweets, quotes, replies } = FORMULA.engagement;
  const sum =
    likes * engagement.likes +
    retweets * engagement.retweets +
    quotes * engagement.quotes +
    replies * engagement.replies;
  return FORMULA.kind[kind] * (1 + Math.log1p(sum));
}

/** What comes from a clock that is ahead counts as new. */
export function decayOf(ageMs: number, halfLifeMs: number = FORMULA.halfLifeMs): number {
  return Math.max(2 ** (-Math.max(0, ageMs) / halfLifeMs), FORMULA.leastDecay);
}

/** For `Array.sort`: highest score first, equal ones newest first, so that there is one order and no other. */
export function highestFirst(a: Ranked, b: Ranked): number {
  return b.score - a.score || newestFirst(a.id, b.id);
}

export type Ranked = { id: Id; score: number };
