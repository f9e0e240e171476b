import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkHashtag, foldHashtags, nameHashtag } from './hashtag.ts';
import { entitiesOf } from './tweet-text.ts';

/** Of every sort that is folded, left out, or ends a hashtag. */
const CHARACTERS = Array.from('aIÄßéﬁ京ﷺиё½²ςΣ＃🦜_9·-#@. \u0130\u0301\u0640\u200d\ud83d');

describe('a hashtag to follow', () => {
  test.each([
    ['Garden', 'garden'],
    ['#Été_2026', 'ete_2026'],
    ['＃日本語', '日本語'],
    [' #gärten ', 'garten'],
  ])('%j is compared as %j', (raw, tag) => {
    expect(checkHashtag(raw)).toEqual({ ok: true, tag });
    expect(nameHashtag(raw)).toEqual({ ok: true, tag });
  });

  test.each([
    ['', 'EMPTY'],
    [' # ', 'EMPTY'],
    ['x'.repeat(101), 'TOO_LONG'],
    ['two words', 'MALFORMED'],
    ['one#two', 'MALFORMED'],
    ['2026', 'MALFORMED'],
    ['@ada', 'MALFORMED'],
    ['https://example.org', 'MALFORMED'],
    ['half a pair \ud83d', 'MALFORMED'],
    ['a\u0000b', 'MALFORMED'],
    ['\u0640', 'MALFORMED'],
  ])('%j is refused: %s', (raw, code) => {
    expect(checkHashtag(raw)).toMatchObject({ ok: false, code });
  });

  test('is any that a tweet carries, if something is left of it to compare, and no other text', () => {
    const letters = fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(letters, (text) => {
        // A sign and space around it may be left out.
        fc.pre(/^[^#＃\s](.*\S)?$/su.test(text));
        const posted = text.normalize('NFC');
        const [entity] = entitiesOf(`#${posted}`);
        const carries = entity?.kind === 'HASHTAG' && entity.value === posted;
        expect(checkHashtag(text).ok).toBe(carries && foldHashtags([posted]).length === 1);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps its name when it is named again', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 20 }), (raw) => {
        const named = nameHashtag(raw);
        if (named.ok && !/^[#＃\s]|\s$/u.test(named.tag)) expect(nameHashtag(named.tag)).toEqual(named);
      }),
      { numRuns: 500 },
    );
  });
});

test('the hashtags of a tweet are compared each once, in the order of the text', () => {
  expect(foldHashtags(['Zebra', 'apple', 'ZEBRA', '\u0640', 'Äpple'])).toEqual(['zebra', 'apple']);
});
