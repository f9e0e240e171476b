import { createHash } from 'node:crypto';
import { keywordEntries, keywordEntry } from '../keyword-entries.ts';
import type { VersionedWrite } from '../newest-writes.ts';
import type { IndexDocument } from '../port.ts';
import { spellingsOf, wordsOfLabel } from '../spellings.ts';

/** How documents, tokens and keywords are written for Elasticsearch, so that it takes them as they stand. */

/** The whitespace analyser cuts at spaces, and longer words into pieces. In UTF-16 units. */
const LONGEST_WORD = 255;
/** How often a token stands in a document is told apart up to here. */
export const MOST_REPEATS = 4;

/** A token as one word; what would be cut is named by its digest. U+0001 occurs in no token. */
export function termOf(token: string): string {
  const isCut = token.length > LONGEST_WORD || /\s/u.test(token);
  return isCut ? `\u0001${createHash('sha256').update(token).digest('base64url')}` : token;
}

/** Says that a token stands at least so often in a document. */
export function repeatOf(token: string, times: number): string {
  return `${termOf(token)}\u0001${times}`;
}

/** What starts with a label's words starts with this; the space behind makes whole words tell themselves apart. */
export function labelAsOne(words: readonly string[]): string {
  return `${words.join(' ')} `;
}

/** A document as it is stored under its version, or the place of a deleted one. */
export function sourceOf(write: VersionedWrite, suggestedFields: ReadonlySet<string>): object {
  const version = write.version.toString();
  if (write.kind === 'delete') return placeOf(write.id, version);
  const { id, tokens, label } = write.document;
  const terms = tokens.filter((token) => token !== '');
  const words = wordsOfLabel(label);
  return {
    ...{ id, age: id, version, deleted: false },
    tokens: terms.map(termOf).join(' '),
    repeats: repeatsOf(terms),
    brevity: 1 / (1 + Math.log(1 + terms.length)),
    keywords: keywordEntries(write.document),
    suggested: suggestedOf(write.document, suggestedFields),
    ...(words.length > 0 && { words, spellings: words.flatMap(spellingsOf), label: labelAsOne(words) }),
  };
}

/** A deleted document keeps its id and version only. */
export function placeOf(id: string, version: string): object {
  return { id, age: id, version, deleted: true };
}

function repeatsOf(tokens: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return [...counts].flatMap(([token, count]) =>
    Array.from({ length: Math.min(count, MOST_REPEATS) - 1 }, (_, n) => repeatOf(token, n + 2)),
  );
}

function suggestedOf({ keywords }: IndexDocument, fields: ReadonlySet<string>): string[] {
  return Object.entries(keywords)
    .filter(([field]) => fields.has(field))
    .flatMap(([field, values]) => values.map((value) => keywordEntry(field, value)));
}

/** A keyword's name in the index of barred ones: of any length, and without a sign that a path could misread. */
export function barId(entry: string): string {
  return createHash('sha256').update(entry).digest('base64url');
}
