import { createHash } from 'node:crypto';
import { handleKey } from '@starling/domain/profile.ts';

/**
 * What accounts are found by, and what stays of an erased person's handle so that nobody can pose as them: nobody reads the
 * handle from it, though who has a handle in mind can tell whether it was taken.
 */
export function handleHash(handle: string): Buffer {
  return createHash('sha256').update(handleKey(handle)).digest();
}
