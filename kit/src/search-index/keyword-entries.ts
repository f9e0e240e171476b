import type { IndexDocument } from './port.ts';

/** A keyword of a field as one value. U+0001 occurs in neither. */
export function keywordEntry(field: string, keyword: string): string {
  return `${field}\u0001${keyword}`;
}

export function keywordEntries({ keywords }: Pick<IndexDocument, 'keywords'>): string[] {
  return Object.entries(keywords).flatMap(([field, values]) => values.map((value) => keywordEntry(field, value)));
}

/** Of each field what a document must have one, all or none of. */
export function entriesByField(keywords: IndexDocument['keywords'] = {}): string[][] {
  return Object.entries(keywords).map(([field, values]) => values.map((value) => keywordEntry(field, value)));
}
