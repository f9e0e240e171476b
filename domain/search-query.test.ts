import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery, type SearchQuery } from './search-query.ts';
import { analyze } from './search-text.ts';

function parsed(text: string): SearchQuery {
  const result = parseQuery(text);
  if (!result.ok) throw new Error(result.message);
  return result.query;
}

function asked(text: string): Partial<SearchQuery> {
  return Object.fromEntries(
    Object.entries(parsed(text)).filter(([, part]) => (Array.isArray(part) ? part.length > 0 : part !== null)),
  );
}

/** Brute force: whether the tokens stand in the document side by side. */
function occurs(document: readonly string[], phrase: readonly string[]): boolean {
  return document.some((_, at) => phrase.every((token, i) => document[at + i] === token));
}

describe('parseQuery', () => {
  test.each<[string, Partial<SearchQuery>]>([
    ['Cats dogs cats', { must: [['cats'], ['dogs']] }],
    ['"Big cats" -"small dogs"', { must: [['big', 'cats']], mustNot: [['small', 'dogs']] }],
    ['“big cats”', { must: [['big', 'cats']] }],
    ['a"b c"d', { must: [['a'], ['b', 'c'], ['d']] }],
    ['"never closed', { must: [['never', 'closed']] }],
    ['-word --other', { mustNot: [['word'], ['other']] }],
    [
      "don't well-known",
      {
        must: [
          ['don', 't'],
          ['well', 'known'],
        ],
      },
    ],
    ['東京タワー', { must: [['東', '京', 'タ', 'ワ', 'ー']] }],
    ['from:Ada from:@bob -from:eve', { from: ['ada', 'bob'], notFrom: ['eve'] }],
    ['TO:ada -to:bob', { to: ['ada'], notTo: ['bob'] }],
    ['ｆｒｏｍ：ada', { from: ['ada'] }],
    ['#Été -#b ＃東京', { hashtags: ['ete', '東京'], notHashtags: ['b'] }],
    ['#c++ #2026 #2026goals', { hashtags: ['c', '2026goals'], must: [['2026']] }],
    ['@Ada -@bob', { mentions: ['ada'], notMentions: ['bob'] }],
    ['since:2026-01-31 until:2026-02-28', { sinceMs: Date.UTC(2026, 0, 31), untilMs: Date.UTC(2026, 1, 28) }],
    [
      'since:2026-01-01 since:2026-03-01 until:2026-09-01 until:2026-08-01',
      { sinceMs: Date.UTC(2026, 2, 1), untilMs: Date.UTC(2026, 7, 1) },
    ],
    [
      'lang:en a:b',
      {
        must: [
          ['lang', 'en'],
          ['a', 'b'],
        ],
      },
    ],
    ['word !!! … "" -', { must: [['word']] }],
    ["'; DROP TABLE x;--", { must: [['drop'], ['table'], ['x']] }],
    ['a & b | !c <-> d:*', { must: [['a'], ['b'], ['c'], ['d']] }],
  ])('%j asks for %j', (text, query) => {
    expect(asked(text)).toEqual(query);
  });

  test.each([
    ['', /empty/],
    [' \n\t', /empty/],
    ['!!! "" -', /no word/],
    ['https://example.com', /no word/],
    ['x'.repeat(501), /at most 500/],
    ['😀'.repeat(501), /at most 500/],
    ['bad \ud800', /well-formed/],
    ['bad \u0000', /well-formed/],
    ['since:2026-02-30', /since: needs a day/],
    ['until:2026-13-01', /until: needs a day/],
    ['since:yesterday', /since: needs a day/],
    ['since:', /since: needs a day/],
    ['since:2026-1-1', /since: needs a day/],
    ['-since:2026-01-01', /minus/],
    ['from:', /from: needs a handle/],
    ['from:"ada"', /from: needs a handle/],
    ['from:no-handle', /from: needs a handle/],
    ['to:sixteencharacter', /to: needs a handle/],
  ])('refuses %j', (text, message) => {
    const result = parseQuery(text);
    expect(result).toMatchObject({ ok: false, message: expect.stringMatching(message) as string });
  });

  test('takes 500 characters of any plane', () => {
    expect(parsed('😀'.repeat(500)).must[0]).toHaveLength(500);
  });

  test('never throws, whatever is typed', () => {
    const pieces = fc.constantFrom(
      'from:',
      'to:',
      '#',
      '@',
      '"',
      '-',
      'since:',
      'until:2026-02-29',
      ' ',
      ':',
      '\\',
      "'",
      'ÀB',
      '東',
      '\ud800',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 20 }),
        (parts) => {
          parseQuery(parts.join(''));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  const plainText = fc
    .array(fc.constantFrom('Straße', 'don’t', '東京タワー', 'ÉTÉ', 'well-known', 'มานี', '😀', 'a', 'b', '한국어'), {
      minLength: 1,
      maxLength: 12,
    })
    .map((words) => words.join(' '));

  test('a document matches the query made of its own words', () => {
    fc.assert(
      fc.property(plainText, (text) => {
        const document = analyze(text);
        for (const phrase of parsed(text).must) expect(occurs(document, phrase)).toBe(true);
      }),
    );
  });

  test('a document matches any stretch of its own words as a phrase', () => {
    fc.assert(
      fc.property(plainText, fc.nat(), fc.nat(), (text, a, b) => {
        const words = text.split(' ');
        const from = a % words.length;
        const stretch = words.slice(from, from + 1 + (b % (words.length - from)));
        const { must } = parsed(`"${stretch.join(' ')}"`);
        expect(must).toHaveLength(1);
        expect(occurs(analyze(text), must[0]!)).toBe(true);
      }),
    );
  });
});
