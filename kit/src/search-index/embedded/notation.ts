import { keywordEntry } from '../keyword-entries.ts';
import { spellingsOf } from '../spellings.ts';

/** How tokens, keywords and patterns are written for Postgres, so that it reads them as they stand. */

/** As `'cat':1,4 'dog':2`: the input form of tsvector, which is not analysed. Positions count from 1. */
export function vectorOf(tokens: readonly string[]): string {
  const positions = new Map<string, number[]>();
  tokens.forEach((token, at) => {
    if (token === '') return;
    const known = positions.get(token);
    if (known) known.push(at + 1);
    else positions.set(token, [at + 1]);
  });
  return [...positions].map(([token, places]) => `${quote(token)}:${places.join(',')}`).join(' ');
}

/** As `'cat' & ('big' <-> 'dog')`: the input form of tsquery. Empty for no phrases. */
export function everyPhrase(phrases: readonly (readonly string[])[]): string {
  return phrases.filter(isNotEmpty).map(phraseOf).join(' & ');
}

/** As `'cat' | ('big' <-> 'dog')`. Empty for no phrases. */
export function anyPhrase(phrases: readonly (readonly string[])[]): string {
  return phrases.filter(isNotEmpty).map(phraseOf).join(' | ');
}

/** Under a field that has no name stand the spellings of a label's words. */
export function spellingEntries(words: readonly string[]): string[] {
  return words.flatMap(spellingsOf).map((spelling) => keywordEntry('', spelling));
}

/** A LIKE pattern for labels, which are stored with a space in front: some word starts so. */
export function wordStart(word: string): string {
  return `% ${escapeLike(word)}%`;
}

/** A LIKE pattern for labels: the whole label starts so. */
export function labelStart(text: string): string {
  return ` ${escapeLike(text)}%`;
}

/** A LIKE pattern for labels with a space behind as well: the whole label starts with just these words. */
export function labelStartInWords(text: string): string {
  return ` ${escapeLike(text)} %`;
}

function phraseOf(tokens: readonly string[]): string {
  return `(${tokens.map(quote).join(' <-> ')})`;
}

function quote(token: string): string {
  return `'${token.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function isNotEmpty(phrase: readonly string[]): boolean {
  return phrase.length > 0;
}
