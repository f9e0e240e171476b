import { describe, expect, test } from 'vitest';
import { sign, SIGNATURE_WINDOW_MS, verify, type SignedCall } from './signing.ts';

const NEW = 'n'.repeat(32);
const OLD = 'o'.repeat(32);
const NOW = 1_795_366_800_000;
const call: SignedCall = { audience: 'users', method: '/a/B', frame: 'frame', body: Buffer.from('body') };
const refused: unknown = expect.objectContaining({ code: 'UNAUTHENTICATED' });

describe('a signature', () => {
  test('verifies for the very call, within its time', () => {
    const signature = sign(call, [NEW], NOW);
    for (const skew of [0, SIGNATURE_WINDOW_MS, -SIGNATURE_WINDOW_MS]) {
      expect(() => verify(call, signature, [NEW], NOW + skew)).not.toThrow();
    }
    for (const skew of [SIGNATURE_WINDOW_MS + 1, -SIGNATURE_WINDOW_MS - 1]) {
      expect(() => verify(call, signature, [NEW], NOW + skew)).toThrow(refused);
    }
  });

  test.each<Partial<SignedCall>>([
    { audience: 'graph' },
    { method: '/a/C' },
    { frame: 'framf' },
    { body: Buffer.from('bodz') },
    { body: Buffer.alloc(0) },
    // Parts that run into one another would make these equal to the call above.
    { audience: 'users/a', method: '/B' },
    { method: '/a/B"', frame: '"frame' },
  ])('does not verify for %j', (change) => {
    expect(() => verify({ ...call, ...change }, sign(call, [NEW], NOW), [NEW], NOW)).toThrow(refused);
  });

  test('survives the rotation of keys, first by verifying both, then by signing with the new one', () => {
    expect(() => verify(call, sign(call, [OLD], NOW), [OLD, NEW], NOW)).not.toThrow();
    expect(() => verify(call, sign(call, [NEW, OLD], NOW), [OLD, NEW], NOW)).not.toThrow();
    expect(() => verify(call, sign(call, [OLD], NOW), [NEW], NOW)).toThrow(refused);
  });

  test.each([
    undefined,
    '',
    'v1',
    'v1.1.',
    `v1.${NOW}.${'A'.repeat(42)}`,
    `v2.${NOW}.${'A'.repeat(43)}`,
    `v1.${NOW}.${'A'.repeat(43)}`,
    `v1.9e9.${'A'.repeat(43)}`,
  ])('that is malformed or forged (%s) is refused', (signature) => {
    expect(() => verify(call, signature, [NEW], NOW)).toThrow(refused);
  });

  test('with its time changed is refused', () => {
    const signature = sign(call, [NEW], NOW).replace(String(NOW), String(NOW + 1));
    expect(() => verify(call, signature, [NEW], NOW)).toThrow(refused);
  });
});
