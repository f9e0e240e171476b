/** Words of fewer letters are like half of all words. In code points. */
const LEAST_FUZZY_LENGTH = 4;
/** Longer words are like none but themselves; nobody is called so. In code points. */
const MAX_FUZZY_LENGTH = 64;

/**
 * A word, and what is left of it without any one of its letters. Two words are like each other if they have one of these in
 * common: a letter mistyped, missing, too many, or in another place.
 */
export function spellingsOf(word: string): string[] {
  const letters = Array.from(word);
  if (letters.length > MAX_FUZZY_LENGTH) return [word];
  const shortened = letters.map((_, at) => letters.toSpliced(at, 1).join(''));
  return [...new Set([word, ...shortened])].filter((spelling) => spelling !== '');
}

/** Whether what is asked for is found in words that are like it, too. */
export function mayBeMistyped(word: string): boolean {
  return Array.from(word).length >= LEAST_FUZZY_LENGTH;
}

/** Words of a label, or of what is looked for among labels. */
export function wordsOfLabel(label: string): string[] {
  return label.split(' ').filter((word) => word !== '');
}
