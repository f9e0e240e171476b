import { Metadata } from '@grpc/grpc-js';
import { decodeCall, encodeCall } from '../call.ts';
import type { CallContext } from '../principal.ts';
import { sign, verify, type SigningKeys, type Verified } from '../signing.ts';

const FRAME_KEY = 'starling-call';
const SIGNATURE_KEY = 'starling-signature';

/** What both ends of a connection have in common. */
export type Trust = {
  keys: SigningKeys;
  /** Name of the service that is called; a call signed for another one is refused. */
  audience: string;
};

export function signedMetadata(
  call: CallContext,
  method: string,
  body: Uint8Array,
  { keys, audience }: Trust,
): Metadata {
  const frame = encodeCall(call);
  const metadata = new Metadata();
  metadata.set(FRAME_KEY, frame);
  metadata.set(SIGNATURE_KEY, sign({ audience, method, frame, body }, keys));
  return metadata;
}

/** The caller's frame. Throws StarlingError UNAUTHENTICATED unless it is signed for exactly this call. */
export function verifiedCall(
  metadata: Metadata,
  method: string,
  body: Uint8Array,
  { keys, audience }: Trust,
): { call: CallContext; verified: Verified } {
  const frame = textOf(metadata, FRAME_KEY) ?? '';
  const verified = verify({ audience, method, frame, body }, textOf(metadata, SIGNATURE_KEY), keys);
  return { call: decodeCall(frame), verified };
}

function textOf(metadata: Metadata, key: string): string | undefined {
  const [value, ...more] = metadata.get(key);
  return typeof value === 'string' && more.length === 0 ? value : undefined;
}
