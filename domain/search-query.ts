import { analyze, foldHashtag } from './search-text.ts';
import { handleKey, isWellFormed } from './profile.ts';

/**
 * What a query asks for. Words and phrases are token sequences of `analyze`; a single word of several tokens
 * (`don't`, 東京) is a phrase as well. Handles are in the form that handles are compared by, tags in that of `foldHashtag`.
 */
export type SearchQuery = {
  /** Every one must occur. */
  must: string[][];
  /** None may occur. */
  mustNot: string[][];
  /** Written by one of these; anybody if empty. */
  from: string[];
  notFrom: string[];
  /** Answers to one of these; anything if empty. */
  to: string[];
  notTo: string[];
  /** Every one must be there. */
  hashtags: string[];
  notHashtags: string[];
  /** Every one must be mentioned. */
  mentions: string[];
  notMentions: string[];
  /** Epoch milliseconds, inclusive; null = from the beginning. */
  sinceMs: number | null;
  /** Epoch milliseconds, exclusive. */
  untilMs: number | null;
};

/** `message` tells a person what is wrong with the query. */
export type ParsedQuery = { ok: true; query: SearchQuery } | { ok: false; message: string };

/** In code points. */
export const MAX_QUERY_LENGTH = 500;

/**
 * Reads `from: to: # @ "phrase" -word since:YYYY-MM-DD until:YYYY-MM-DD`. A minus also turns `from:`, `to:`, `#`, `@` and
 * phrases around. Days are UTC; several `since:` or `until:` narrow one another. What holds no word (punctuation) is ignored;
 * an unclosed quote ends with the query; other `name:value` terms are words.
 */
export function parseQuery(text: string): ParsedQuery {
  const problem = problemOfText(text, MAX_QUERY_LENGTH);
  if (problem !== null) return { ok: false, message: problem };
  const query = nothingAsked();
  for (const { negated, phrase, term } of termsOf(text)) {
    const trouble = phrase === undefined ? readTerm(query, term, negated) : readWords(query, phrase, negated);
    if (trouble !== null) return { ok: false, message: trouble };
  }
  if (!asksAnything(query)) return { ok: false, message: 'The query holds no word to search for' };
  return { ok: true, query };
}

/** What is wrong with a text somebody searches by, whatever it means; null if nothing is. */
export function problemOfText(text: string, maxLength: number): string | null {
  if (!isWellFormed(text)) return 'The query must be well-formed text';
  if (text.trim() === '') return 'The query must not be empty';
  if (text.length > 2 * maxLength || Array.from(text).length > maxLength)
    return `The query has at most ${maxLength} characters`;
  return null;
}

type Term = { negated: boolean; phrase: string | undefined; term: string };

function* termsOf(text: string): Generator<Term> {
  for (const match of text.replace(QUOTES, '"').matchAll(TERM)) {
    const { minus, phrase, term = '' } = match.groups ?? {};
    yield { negated: minus === '-', phrase, term };
  }
}

function nothingAsked(): SearchQuery {
  const lists = { must: [], mustNot: [], from: [], notFrom: [], to: [], notTo: [] };
  return { ...lists, hashtags: [], notHashtags: [], mentions: [], notMentions: [], sinceMs: null, untilMs: null };
}

function asksAnything(query: SearchQuery): boolean {
  return Object.values(query).some((part) => (Array.isArray(part) ? part.length > 0 : part !== null));
}

/** Adds one term to the query; answers with what is wrong with it, or null. */
function readTerm(query: SearchQuery, written: string, negated: boolean): string | null {
  const term = written.normalize('NFKC');
  const operator = OPERATOR.exec(term);
  if (operator) {
    const [, name = '', value = ''] = operator;
    return readOperator(query, name.toLowerCase(), value, negated);
  }
  const tag = HASHTAG.exec(term)?.[1];
  if (tag !== undefined) {
    addOnce(negated ? query.notHashtags : query.hashtags, foldHashtag(tag));
    return readWords(query, term.slice(1 + tag.length), negated);
  }
  const handle = MENTION.exec(term)?.[1];
  if (handle !== undefined) {
    addOnce(negated ? query.notMentions : query.mentions, handleKey(handle));
    return null;
  }
  return readWords(query, written, negated);
}

function readOperator(query: SearchQuery, name: string, value: string, negated: boolean): string | null {
  if (name === 'since' || name === 'until') {
    if (negated) return `${name}: cannot be turned around by a minus`;
    return readDay(query, name, value);
  }
  const handle = HANDLE.exec(value)?.[1];
  if (handle === undefined) return `${name}: needs a handle, as in ${name}:ada`;
  const [wanted, unwanted] = name === 'from' ? [query.from, query.notFrom] : [query.to, query.notTo];
  addOnce(negated ? unwanted : wanted, handleKey(handle));
  return null;
}

function readDay(query: SearchQuery, name: 'since' | 'until', value: string): string | null {
  const atMs = DAY.test(value) ? Date.parse(`${value}T00:00:00Z`) : NaN;
  // Date.parse rolls some days that no month has over into the next.
  if (Number.isNaN(atMs) || !new Date(atMs).toISOString().startsWith(value)) {
    return `${name}: needs a day of the calendar, as in ${name}:2026-01-31`;
  }
  if (name === 'since') query.sinceMs = Math.max(atMs, query.sinceMs ?? atMs);
  else query.untilMs = Math.min(atMs, query.untilMs ?? atMs);
  return null;
}

function readWords(query: SearchQuery, text: string, negated: boolean): null {
  const tokens = analyze(text);
  const list = negated ? query.mustNot : query.must;
  const isThere = list.some(
    (other) => other.length === tokens.length && other.every((token, i) => token === tokens[i]),
  );
  if (tokens.length > 0 && !isThere) list.push(tokens);
  return null;
}

function addOnce(list: string[], value: string): void {
  if (!list.includes(value)) list.push(value);
}

const QUOTES = /[“”„«»＂]/gu;
const TERM = /(?<minus>-?)(?:"(?<phrase>[^"]*)(?:"|$)|(?<term>[^\s"]+))/gu;
const OPERATOR = /^(from|to|since|until):(.*)$/isu;
const HANDLE = /^@?(\w{1,15})$/;
const MENTION = /^@(\w{1,15})$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** As the posting of tweets takes them: with a letter somewhere. */
const HASHTAG = /^#((?=[\p{N}_]*[\p{L}\p{M}])[\p{L}\p{M}\p{N}_\u200c\u200d·・]+)/u;
