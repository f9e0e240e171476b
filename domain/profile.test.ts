import { describe, expect, it, test } from 'vitest';
import {
  checkBio,
  checkEmail,
  checkHandle,
  checkLocation,
  checkName,
  checkNewHandle,
  checkPassword,
  checkWebsite,
  emailKey,
  handleKey,
  type Checked,
} from './profile.ts';

const codeOf = (checked: Checked): string => (checked.ok ? 'ok' : checked.problem.code);
const valueOf = (checked: Checked): string | null => (checked.ok ? checked.value : null);

describe('a handle', () => {
  test.each([
    ['ada', 'ok'],
    ['A_1', 'ok'],
    ['_', 'ok'],
    ['a'.repeat(15), 'ok'],
    ['a'.repeat(16), 'TOO_LONG'],
    ['', 'EMPTY'],
    ['  ', 'EMPTY'],
    ['ada lovelace', 'MALFORMED'],
    ['@ada', 'MALFORMED'],
    ['ada\n', 'ok'],
    ['a\nda', 'MALFORMED'],
    ['adä', 'MALFORMED'],
    ['аda', 'MALFORMED'],
    ['a\0', 'MALFORMED'],
    ['a\ud800', 'MALFORMED'],
  ])('%j is %s', (text, code) => {
    expect(codeOf(checkHandle(text))).toBe(code);
  });

  it('may not pass for an office of the service, in any case, when it is new', () => {
    expect(codeOf(checkNewHandle('Admin'))).toBe('TAKEN');
    expect(codeOf(checkNewHandle('graphql'))).toBe('TAKEN');
    expect(codeOf(checkNewHandle('admin_of_cats'))).toBe('ok');
    expect(codeOf(checkHandle('Admin'))).toBe('ok');
  });

  it('is compared without regard to case', () => {
    expect(handleKey('AdA_1')).toBe('ada_1');
  });
});

describe('a name', () => {
  it('is counted in code points, after composition', () => {
    expect(codeOf(checkName('👩'.repeat(50)))).toBe('ok');
    expect(codeOf(checkName('👩'.repeat(51)))).toBe('TOO_LONG');
    expect(codeOf(checkName('e\u0301'.repeat(50)))).toBe('ok');
    expect(valueOf(checkName(' Zoe\u0301 '))).toBe('Zoé');
  });

  test.each([
    ['\u200B\u2060', 'EMPTY'],
    ['\u3164', 'EMPTY'],
    ['\u2800 \u00A0', 'EMPTY'],
    ['Ada\u202Egnp', 'MALFORMED'],
    ['\u2066Ada', 'MALFORMED'],
    ['Ada\nLovelace', 'MALFORMED'],
    ['Ada\u0007', 'MALFORMED'],
    ['Ada\u2028', 'ok'],
    ['A\u2028da', 'MALFORMED'],
    ['\udc00Ada', 'MALFORMED'],
    ['👨‍👩‍👧', 'ok'],
    ['می‌خواهم', 'ok'],
    ['\u200Fدانا', 'ok'],
    ['…', 'ok'],
  ])('%j is %s', (text, code) => {
    expect(codeOf(checkName(text))).toBe(code);
  });
});

describe('a bio', () => {
  it('may be empty and may have lines, whose ends become \\n', () => {
    expect(valueOf(checkBio(''))).toBe('');
    expect(valueOf(checkBio('one\r\ntwo\rthree'))).toBe('one\ntwo\nthree');
  });

  it('has at most 160 characters and no other control character', () => {
    expect(codeOf(checkBio('x'.repeat(160)))).toBe('ok');
    expect(codeOf(checkBio('x'.repeat(161)))).toBe('TOO_LONG');
    expect(codeOf(checkBio('a\tb'))).toBe('MALFORMED');
    expect(codeOf(checkBio('a\n\u202Eb'))).toBe('MALFORMED');
  });
});

it('a location has at most 30 characters', () => {
  expect(codeOf(checkLocation(''))).toBe('ok');
  expect(codeOf(checkLocation('x'.repeat(31)))).toBe('TOO_LONG');
});

describe('a website', () => {
  test.each([
    ['https://example.com', 'https://example.com/'],
    ['HTTP://Example.COM/Ada?x=1#y', 'http://example.com/Ada?x=1#y'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example/'],
    ['example.com', null],
    ['javascript:alert(1)//.', null],
    ['https://', null],
    ['https://localhost', null],
    ['https://paypal.com@evil.example', null],
    ['https://:secret@evil.example', null],
    ['https://a b.example', null],
    ['', null],
    [`https://example.com/${'x'.repeat(100)}`, null],
  ])('%j is stored as %j', (text, stored) => {
    expect(valueOf(checkWebsite(text))).toBe(stored);
  });
});

describe('an e-mail address', () => {
  test.each([
    ['ada@example.com', 'ok'],
    ['ada+tag.x@mail.example.co', 'ok'],
    ['дана@пример.рф', 'ok'],
    ['', 'EMPTY'],
    ['ada', 'MALFORMED'],
    ['ada@localhost', 'MALFORMED'],
    ['ada@@example.com', 'MALFORMED'],
    ['ada@ex@ample.com', 'MALFORMED'],
    ['.ada@example.com', 'MALFORMED'],
    ['ada.@example.com', 'MALFORMED'],
    ['a..b@example.com', 'MALFORMED'],
    ['ada@-x.example', 'MALFORMED'],
    ['ada@example.com, eve@example.com', 'MALFORMED'],
    ['ada\u200B@example.com', 'MALFORMED'],
    ['a da@example.com', 'MALFORMED'],
    [`${'a'.repeat(65)}@example.com`, 'MALFORMED'],
    [`ada@${'a.'.repeat(130)}com`, 'TOO_LONG'],
  ])('%j is %s', (text, code) => {
    expect(codeOf(checkEmail(text))).toBe(code);
  });

  it('is compared without regard to case', () => {
    expect(emailKey('Ada@Example.COM')).toBe('ada@example.com');
  });

  it('is checked in linear time', () => {
    const began = performance.now();
    checkEmail(`${'a.'.repeat(100)}!@${'a-'.repeat(20)}`);
    expect(performance.now() - began).toBeLessThan(50);
  });
});

describe('a password', () => {
  test.each([
    ['', 'EMPTY'],
    ['1234567', 'TOO_SHORT'],
    ['12345678', 'ok'],
    ['        ', 'ok'],
    ['🔑'.repeat(7), 'TOO_SHORT'],
    ['🔑'.repeat(256), 'ok'],
    ['x'.repeat(257), 'TOO_LONG'],
    ['1234567\ud800', 'MALFORMED'],
    ['1234567\0', 'MALFORMED'],
  ])('%j is %s', (text, code) => {
    expect(codeOf(checkPassword(text))).toBe(code);
  });

  it('is the same however its accents were typed, and keeps its spaces', () => {
    expect(valueOf(checkPassword(' passe\u0301-word '))).toBe(' passé-word ');
  });
});
