import { StarlingError } from '@starling/kit/errors.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { requireViewer } from '@starling/kit/require-viewer.ts';
import type { SessionStore } from './store/session-store.ts';

/**
 * Id of the viewer. Access tokens outlive their session by minutes; what changes an account asks whether the session stands.
 * Throws StarlingError UNAUTHENTICATED if it does not.
 */
export async function requireSession(
  { sessions, now }: { sessions: Pick<SessionStore, 'find'>; now(): number },
  call: Pick<CallContext, 'principal'>,
): Promise<string> {
  const viewerId = requireViewer(call);
  const { sessionId } = call.principal;
  if (sessionId === null) return viewerId;
  const session = await sessions.find(sessionId, now());
  if (session?.userId !== viewerId) throw new StarlingError('UNAUTHENTICATED', 'The session has ended');
  return viewerId;
}
