import { createPrivateKey, sign } from 'node:crypto';
import { withClient } from './database-scan.ts';

type Jwk = { kid: string; private_jwk: Record<string, string>; public_jwk: Record<string, string> };
type Claims = Record<string, unknown>;

/** The key that signs the stack's access tokens, from where only the stack should find it. */
export async function signingKeyOf(usersUrl: string): Promise<Jwk> {
  const { rows } = await withClient(usersUrl, (client) =>
    client.query<Jwk>('SELECT kid, private_jwk, public_jwk FROM signing_key ORDER BY active_from LIMIT 1'),
  );
  if (!rows[0]) throw new Error('The stack has no signing key.');
  return rows[0];
}

/** A token signed by the true key. */
export function forge(
  key: Jwk,
  claims: Claims,
  header: Claims = { alg: 'EdDSA', kid: key.kid, typ: 'at+jwt' },
): string {
  const body = `${encode(header)}.${encode(claims)}`;
  const signature = sign(null, Buffer.from(body), createPrivateKey({ key: key.private_jwk, format: 'jwk' }));
  return `${body}.${signature.toString('base64url')}`;
}

export function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
}

export function encode(part: Claims): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
