import { StarlingError } from './errors.ts';
import type { CallContext } from './principal.ts';

/** Id of the person who asks. Throws StarlingError UNAUTHENTICATED if nobody is logged in. */
export function requireViewer(call: Pick<CallContext, 'principal'>): string {
  const { userId } = call.principal;
  if (userId === null) throw notLoggedIn();
  return userId;
}

export function notLoggedIn(): StarlingError {
  return new StarlingError('UNAUTHENTICATED', 'Log in first');
}
