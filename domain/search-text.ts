/**
 * The one text analysis in front of every search index, for documents and queries alike. Indexes do none of their own.
 *
 * - Case, compatibility forms, accents of Latin and Greek letters, vowel points of Hebrew and Arabic, and skin tones are folded
 *   (Äpfel = apfel, ＡＢＣ = abc, ё = е); other marks tell words apart and stay.
 * - A word is a run of letters, digits and marks. `#tag` and `@handle` count as the words they hold; what the sign means
 *   is kept by the document's keywords. An emoji is a word.
 * - Scripts that put no spaces between words (Chinese, Japanese, Thai, …), and Korean, whose words carry their particles,
 *   make a token of every character: as a query's terms are phrases, they match any stretch of text exactly,
 *   single characters included, which neither a dictionary nor bigrams can promise.
 * - Nothing is stemmed and nothing is a stop word: results do not depend on guessing a language.
 * - Addresses (http://…, https://…) are left out.
 */
export function analyze(text: string): string[] {
  const tokens = foldText(text.replace(LINK, ' ')).match(TOKEN) ?? [];
  return tokens.map(shorten);
}

/** A text in the form that is compared: see `analyze`. */
export function foldText(text: string): string {
  return (
    text
      .normalize('NFKC')
      .replace(INVISIBLE, '')
      // Lower first: the capital ẞ is its own upper case, the small one is SS.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .normalize('NFD')
      .replace(POINTS, '')
      .replace(ACCENTS, '$<letter>')
      .replace(LETTER_VARIANTS, (letter) => PLAIN_LETTERS.get(letter) ?? letter)
      .normalize('NFC')
  );
}

/** The tag (without its sign) in the form that is compared. */
export function foldHashtag(tag: string): string {
  return shorten(foldText(tag));
}

/** No index takes a term of any length; nobody means what lies beyond. In code points. */
export const MAX_TOKEN = 100;

function shorten(token: string): string {
  return token.length <= MAX_TOKEN ? token : Array.from(token).slice(0, MAX_TOKEN).join('');
}

const LINK = /https?:\/\/[!-~]+/giu;

const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\p{Me}]/gu;

/** They go first: one that stands between a letter and its accent must not keep the accent. */
const POINTS = /[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0652\u0670]/gu;

const ACCENTS = /(?<letter>[\p{Script=Latin}\p{Script=Greek}])\p{Mn}+/gu;

/** Letters that do not decompose, and those that change by their place in the word. */
const PLAIN_LETTERS: ReadonlyMap<string, string> = new Map([
  ...['æ ae', 'ø o', 'œ oe', 'đ d', 'ð d', 'ł l', 'þ th', 'ħ h', 'ı i', 'ς σ'].map(
    (pair) => pair.split(' ') as [string, string],
  ),
  ['е\u0308', 'е'],
]);
const LETTER_VARIANTS = new RegExp([...PLAIN_LETTERS.keys()].join('|'), 'gu');

const UNSPACED = `[${['Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Hangul', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('')}]`;
const SPACED_LETTER = `(?!${UNSPACED})[\\p{L}\\p{N}]`;
const TOKEN = new RegExp(
  [
    `${SPACED_LETTER}(?:${SPACED_LETTER}|\\p{M})*`,
    `[\\p{L}\\p{N}]\\p{M}*`,
    '\\p{Regional_Indicator}{2}',
    '\\p{Extended_Pictographic}',
  ].join('|'),
  'gu',
);
