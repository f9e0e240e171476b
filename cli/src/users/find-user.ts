import { systemCall } from '@starling/kit/call.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { UserFacts, Users } from '@starling/schema/generated/rpc/users.ts';

/** By handle, with or without the @. Throws an Error if there is no such person. */
export async function findUser(
  users: Pick<Users<CallContext>, 'getUsersByHandle'>,
  handle: string,
): Promise<UserFacts> {
  const name = handle.replace(/^@/, '');
  const [user] = (await users.getUsersByHandle(systemCall('find-user'), { handles: [name] })).users;
  if (user === undefined) throw new Error(`There is no @${name}.`);
  return user;
}
