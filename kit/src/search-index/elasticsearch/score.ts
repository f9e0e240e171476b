import type { IndexQuery } from '../port.ts';
import { wordsOfLabel } from '../spellings.ts';
import { constant, wordStartClause, phraseClause, type Clause } from './clauses.ts';
import { labelAsOne, MOST_REPEATS, repeatOf } from './notation.ts';

/** More phrases, and phrases of more tokens, count for matching only. */
const MOST_SCORED = 16;
/** Sums of such numbers are exact, in whatever order they are added: halves of halves, few of them. */
const WEIGHT = { matching: 1, adjacent: 0.5, startsAll: 8, label: 4, labelInWords: 2, labelWhole: 1, word: 0.25 };

/**
 * What a score is made of before it is multiplied by the text's brevity: more for each time, up to a few, that the words stand there, and for
 * words that stand beside each other as they were asked for; for a label by what starts like it. Constants all, since
 * how common a word is differs between copies of an index and changes from page to page. Empty if nothing counts.
 */
export function scoreClauses({ must, label }: IndexQuery): Clause[] {
  const phrases = must.filter((phrase) => phrase.length > 0).slice(0, MOST_SCORED);
  return [
    ...(phrases.length === 0 ? [] : [constant(WEIGHT.matching, { match_all: {} })]),
    ...phrases.flatMap(repeatClauses),
    ...phrases.slice(1).map((phrase, n) => adjacentClause([...(phrases[n] ?? []), ...phrase])),
    ...(label === undefined ? [] : labelScore(wordsOfLabel(label))),
  ];
}

/** A phrase stands no more often than any of its tokens; that is near enough. */
function repeatClauses(phrase: readonly string[]): Clause[] {
  const tokens = [...new Set(phrase)];
  if (tokens.length > MOST_SCORED) return [];
  return Array.from({ length: MOST_REPEATS - 1 }, (_, n) => n + 2).map((times) => {
    const everyToken = tokens.map((token) => ({ term: { repeats: repeatOf(token, times) } }));
    return constant(2 ** (1 - times), { bool: { filter: everyToken } });
  });
}

function adjacentClause(tokens: readonly string[]): Clause {
  return constant(WEIGHT.adjacent, phraseClause(tokens));
}

function labelScore(words: readonly string[]): Clause[] {
  if (words.length === 0) return [];
  const everyWordStarts = words.map(wordStartClause);
  const whole = labelAsOne(words);
  return [
    constant(WEIGHT.startsAll, { bool: { filter: everyWordStarts } }),
    constant(WEIGHT.label, { prefix: { label: words.join(' ') } }),
    constant(WEIGHT.labelInWords, { prefix: { label: whole } }),
    constant(WEIGHT.labelWhole, { term: { label: whole } }),
    ...words.slice(0, MOST_SCORED).map((word) => constant(WEIGHT.word, { term: { words: word } })),
  ];
}
