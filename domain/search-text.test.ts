import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyze, foldHashtag } from './search-text.ts';

const SCRIPTS = [
  'Straße',
  'ÉCLAIR',
  'Ποίησις',
  'ёлка',
  'йод',
  '東京',
  'カタカナ',
  'ｶﾞ',
  '한국어',
  'ภาษา',
  'हिन्दी',
  'שָׁלוֹם',
  'مُحَمَّد',
  'ﷺ',
  'İı',
  'don’t',
];
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...SCRIPTS),
        fc.string({ unit: 'grapheme', maxLength: 8 }),
        fc.constantFrom(' ', '#', '@', '👍🏽', '🇫🇷'),
      ),
    )
    .map((parts) => parts.join('')),
);

describe('analyze', () => {
  test.each([
    ['Hello, WORLD!', ['hello', 'world']],
    [
      'Äpfel Éclair Straße İstanbul ılık Ødegård Łódź',
      ['apfel', 'eclair', 'strasse', 'istanbul', 'ilik', 'odegard', 'lodz'],
    ],
    ['ＡＢＣ ① ﬁn', ['abc', '1', 'fin']],
    ['ΟΔΟΣ οδός', ['οδοσ', 'οδοσ']],
    ['Ёлка йод', ['елка', 'йод']],
    ['שָׁלוֹם مُحَمَّد', ['שלום', 'محمد']],
    ['हिन्दी', ['हिन्दी']],
    ['東京tower', ['東', '京', 'tower']],
    ['ｶﾞｷﾞ ラーメン', ['ガ', 'ギ', 'ラ', 'ー', 'メ', 'ン']],
    ['한국어', ['한', '국', '어']],
    ['ที่นี่', ['ที่', 'นี่']],
    ['#Cats_and_dogs @Ada_L', ['cats', 'and', 'dogs', 'ada', 'l']],
    ['see https://example.com/a?b=c#d and example.com', ['see', 'and', 'example', 'com']],
    ['見てhttps://example.com/xこれ', ['見', 'て', 'こ', 'れ']],
    ["don't l'amour", ['don', 't', 'l', 'amour']],
    ['👍🏽 ❤️ 🇫🇷🇯🇵 👨‍👩‍👧', ['👍', '❤', '🇫🇷', '🇯🇵', '👨', '👩', '👧']],
    ['a\u200bb so\u00adft', ['ab', 'soft']],
    ['!!! … — ()', []],
    ['', []],
  ])('%j holds %j', (text, tokens) => {
    expect(analyze(text)).toEqual(tokens);
  });

  test('leaves lone surrogates and control characters out', () => {
    expect(analyze('a\ud800b \udc00 c\u0000d')).toEqual(['a', 'b', 'c', 'd']);
  });

  test('cuts a word that nobody types', () => {
    expect(analyze('x'.repeat(5_000)).map((token) => token.length)).toEqual([100]);
    expect(analyze('𐐨'.repeat(500))[0]).toBe('𐐨'.repeat(100));
  });

  test('always makes well-formed tokens without white space, quotes or signs', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const token of analyze(text)) {
          expect(token.isWellFormed()).toBe(true);
          expect(token).toMatch(/^[^\s'"\\:&|!<>()*\u0000-\u001f]+$/u);
        }
      }),
    );
  });

  test('reads its own tokens as they stand', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = analyze(text);
        expect(analyze(tokens.join(' '))).toEqual(tokens);
      }),
      { numRuns: 500 },
    );
  });

  test('does not depend on case or on the normal form that a keyboard makes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SCRIPTS, 'crème', 'ß', 'ẞ', 'plain')), (words) => {
        const text = words.join(' ');
        expect(analyze(text.normalize('NFD'))).toEqual(analyze(text));
        expect(analyze(text.toUpperCase())).toEqual(analyze(text));
      }),
    );
  });
});

describe('foldHashtag', () => {
  test('brings spellings of one tag together', () => {
    expect(foldHashtag('Été_2026')).toBe(foldHashtag('ete_2026'));
    expect(foldHashtag('東京')).toBe('東京');
  });
});
