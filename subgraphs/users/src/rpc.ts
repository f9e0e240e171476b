import { isId } from '@starling/domain/ids.ts';
import { checkHandle, isWellFormed } from '@starling/domain/profile.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { UserFacts, Users } from '@starling/schema/generated/rpc/users.ts';
import type { Account } from './account.ts';
import type { UsersDeps } from './deps.ts';
import { importUsers } from './import-users.ts';
import { isUuid } from './revoke-session.ts';
import { toJwks } from './rotate-signing-keys.ts';

const MAX_IDS = 1000;
const MAX_HANDLES = 100;
const MAX_LISTED = 10_000;

/** What other services may ask users. All states are told; what to show is the asker's to decide. */
export function createRpc(deps: UsersDeps): Users<CallContext> {
  return {
    async getUsers(_call, { ids }) {
      refuseMoreThan(MAX_IDS, ids);
      const found = await deps.accounts.findMany(ids);
      return { users: ids.flatMap((id) => found.get(id) ?? []).map(toFacts) };
    },

    async getUsersByHandle(_call, { handles }) {
      refuseMoreThan(MAX_HANDLES, handles);
      const known = handles.map(checkHandle).flatMap((checked) => (checked.ok ? [checked.value] : []));
      return { users: known.length === 0 ? [] : (await deps.reader.findByHandles(known)).map(toFacts) };
    },

    async getUserByEmail(_call, { email }) {
      const account = isWellFormed(email) ? await deps.reader.findByEmail(email) : null;
      return { users: account ? [toFacts(account)] : [] };
    },

    async listUserIds(_call, { afterId, limit }) {
      if (limit < 1 || limit > MAX_LISTED) throw new StarlingError('BAD_USER_INPUT', `From 1 to ${MAX_LISTED} ids`);
      if (afterId !== '' && !isId(afterId)) throw new StarlingError('BAD_USER_INPUT', 'An id has 19 digits');
      return { ids: await deps.reader.listIds({ afterId, limit }) };
    },

    async listUsers(_call, { afterId, limit }) {
      if (limit < 1 || limit > MAX_IDS) throw new StarlingError('BAD_USER_INPUT', `From 1 to ${MAX_IDS} people`);
      if (afterId !== '' && !isId(afterId)) throw new StarlingError('BAD_USER_INPUT', 'An id has 19 digits');
      const total = BigInt(afterId === '' ? await deps.reader.count() : 0);
      return { users: (await deps.reader.list({ afterId, limit })).map(toFacts), total };
    },

    async checkSession(_call, { sessionId }) {
      const session = isUuid(sessionId) ? await deps.sessions.find(sessionId, deps.now()) : null;
      return { isOpen: session !== null, userId: session?.userId ?? '', userState: session?.state ?? '' };
    },

    async getSigningKeys() {
      return { jwksJson: JSON.stringify(toJwks(await deps.keys.list())) };
    },

    importUsers(_call, { users, password, emailDomain }) {
      const people = users.map(({ createdAtMs, ...person }) => ({ ...person, createdAtMs: Number(createdAtMs) }));
      return importUsers(deps, { people, password, emailDomain });
    },
  };
}

function toFacts({ id, handle, name, state, isPrivate, revision }: Account): UserFacts {
  return { id, handle, name, state, isPrivate, revision: BigInt(revision) };
}

function refuseMoreThan(max: number, list: readonly string[]): void {
  if (list.length > max) throw new StarlingError('BAD_USER_INPUT', `At most ${max} at a time`);
}
