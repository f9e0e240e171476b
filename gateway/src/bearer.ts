import { StarlingError } from '@starling/kit/errors.ts';

/** Reads `Bearer <token>` (RFC 6750); null for an absent header. Throws UNAUTHENTICATED on anything else. */
export function bearerToken(header: unknown): string | null {
  if (header === undefined || header === null || header === '') return null;
  const match = typeof header === 'string' ? /^Bearer +([\w.~+/-]+=*) *$/i.exec(header) : null;
  if (match?.[1] === undefined) {
    throw new StarlingError('UNAUTHENTICATED', 'The authorization must be of the form "Bearer <token>".');
  }
  return match[1];
}
