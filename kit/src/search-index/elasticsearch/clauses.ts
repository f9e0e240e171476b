import type { IndexQuery } from '../port.ts';
import { termOf } from './notation.ts';

/** A part of a query as Elasticsearch reads it. */
export type Clause = Readonly<Record<string, unknown>>;

export const NOTHING: Clause = { match_none: {} };
export const LIVING: Clause = { term: { deleted: false } };

/** The tokens side by side, in this order. */
export function phraseClause(tokens: readonly string[]): Clause {
  const [only, ...others] = tokens.map(termOf);
  if (others.length === 0) return { term: { tokens: only } };
  return { match_phrase: { tokens: [only, ...others].join(' ') } };
}

/** Some word of the label starts so. */
export function wordStartClause(word: string): Clause {
  return { prefix: { words: word } };
}

export function boundClauses({ sinceId, untilId }: Pick<IndexQuery, 'sinceId' | 'untilId'>): Clause[] {
  if (sinceId === undefined && untilId === undefined) return [];
  const bounds = { ...(sinceId !== undefined && { gte: sinceId }), ...(untilId !== undefined && { lt: untilId }) };
  return [{ range: { age: bounds } }];
}

/** Of the keyword entries. */
export function oneOf(entries: readonly string[]): Clause {
  return { terms: { keywords: entries } };
}

/** Counts as much wherever it matches. */
export function constant(boost: number, filter: Clause): Clause {
  return { constant_score: { filter, boost } };
}
