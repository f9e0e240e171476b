import type { UserError } from '@starling/schema/error-codes.ts';
import type { OpenSession, SessionList } from './store/session-list.ts';
import { userError } from './user-errors.ts';

export type RevokeSessionInput = { sessionId?: string | null; allOthers?: boolean | null };

type Deps = { sessionList: Pick<SessionList, 'list' | 'end' | 'endOthers'>; now(): number };
type Viewer = { userId: string; sessionId: string | null };

/** Answers with the sessions that are left. */
export async function revokeSession(
  { sessionList, now }: Deps,
  viewer: Viewer,
  input: RevokeSessionInput,
): Promise<{ sessions: OpenSession[]; errors: [] } | { sessions: null; errors: UserError[] }> {
  const sessionId = input.sessionId ?? null;
  if ((sessionId === null) !== (input.allOthers === true)) {
    return refused(userError('MALFORMED', null, 'Give either sessionId or allOthers: true.'));
  }
  if (sessionId === null) await sessionList.endOthers(viewer.userId, viewer.sessionId);
  else if (!isUuid(sessionId)) return refused(userError('MALFORMED', 'sessionId', 'This is not the id of a session.'));
  else if (!(await sessionList.end(viewer.userId, sessionId))) {
    return refused(userError('NOT_FOUND', 'sessionId', 'There is no such session.'));
  }
  return { sessions: await sessionList.list(viewer.userId, now()), errors: [] };
}

export function isUuid(text: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}

function refused(error: UserError): { sessions: null; errors: UserError[] } {
  return { sessions: null, errors: [error] };
}
