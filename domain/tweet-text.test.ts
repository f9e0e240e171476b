import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTweetText, entitiesOf, MAX_TWEET_WEIGHT } from './tweet-text.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 400 });
const piece = fc.oneof(
  fc.constantFrom(
    ' ',
    '\n',
    '@ada',
    '#tag',
    '＃日本',
    'https://example.com/a?b=c',
    'example.org',
    '@ada/list',
    '😀',
    '👨‍👩‍👧',
    'é',
    'e\u0301',
    '.',
  ),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
const busyText = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(' '));

describe('checkTweetText', () => {
  it.each([
    ['', 'EMPTY'],
    [' \n\t\u3000', 'EMPTY'],
    ['\u200b\u200d\ufe0f', 'EMPTY'],
    ['a\u0000b', 'MALFORMED'],
    ['\ud800', 'MALFORMED'],
    ['lone \udc00 low', 'MALFORMED'],
    ['not a character \uffff', 'MALFORMED'],
    ['a'.repeat(281), 'TOO_LONG'],
    ['字'.repeat(141), 'TOO_LONG'],
    ['😀'.repeat(141), 'TOO_LONG'],
    ['a'.repeat(1_000_000), 'TOO_LONG'],
  ])('refuses %j as %s', (raw, code) => {
    expect(checkTweetText(raw)).toMatchObject({ ok: false, code });
  });

  it.each([
    ['a'.repeat(280), 280],
    ['字'.repeat(140), 280],
    ['👨‍👩‍👧'.repeat(140), 280],
    [`https://example.com/${'long'.repeat(200)}`, 23],
    ['e\u0301', 1],
  ])('takes %j at its weight', (raw, weight) => {
    expect(checkTweetText(raw)).toMatchObject({ ok: true, weight });
  });

  it('gives back normal form C, which checks to itself', () => {
    fc.assert(
      fc.property(fc.oneof(text, busyText), (raw) => {
        const checked = checkTweetText(raw);
        if (!checked.ok) return;
        expect(checked.text).toBe(raw.normalize('NFC'));
        expect(checked.weight).toBeLessThanOrEqual(MAX_TWEET_WEIGHT);
        expect(checkTweetText(checked.text)).toEqual(checked);
      }),
    );
  });

  it('answers every string there is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (raw) => {
        const checked = checkTweetText(raw);
        if (!raw.isWellFormed()) expect(checked).toMatchObject({ ok: false, code: 'MALFORMED' });
      }),
    );
  });
});

describe('entitiesOf', () => {
  it('counts in code points and keeps the order of the text', () => {
    expect(entitiesOf('😀 @ada/list #tag ＃日本語 https://example.com/x $CASH')).toEqual([
      { kind: 'MENTION', start: 2, end: 6, value: 'ada' },
      { kind: 'HASHTAG', start: 12, end: 16, value: 'tag' },
      { kind: 'HASHTAG', start: 17, end: 21, value: '日本語' },
      { kind: 'LINK', start: 22, end: 43, value: 'https://example.com/x' },
    ]);
  });

  it('finds nothing in an address of mail or a bare sign', () => {
    expect(entitiesOf('ada@lovelace # @ 1#2')).toEqual([]);
  });

  it('cuts each entity out of the text by its code points, without overlaps', () => {
    fc.assert(
      fc.property(fc.oneof(text, busyText), (raw) => {
        const points = Array.from(raw);
        let before = 0;
        for (const { kind, start, end, value } of entitiesOf(raw)) {
          const cut = points.slice(start, end).join('');
          expect(kind === 'LINK' ? cut : cut.slice(1)).toBe(value);
          expect(start).toBeGreaterThanOrEqual(before);
          before = end;
        }
      }),
    );
  });
});
