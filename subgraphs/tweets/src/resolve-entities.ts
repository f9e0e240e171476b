import { entitiesOf } from '@starling/domain/tweet-text.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import type { TweetEntity } from './tweet.ts';

type Directory = Pick<Users<CallContext>, 'getUsersByHandle'>;

/** Bound of `GetUsersByHandle`. */
const MAX_HANDLES = 100;

/** A text's entities; its mentions with the ids of those whom they mean. */
export async function resolveEntities(users: Directory, call: CallContext, text: string): Promise<TweetEntity[]> {
  const [entities = []] = await resolveAllEntities(users, call, [text]);
  return entities;
}

/** As `resolveEntities` for many texts, in their order, asking for each handle once. */
export async function resolveAllEntities(
  users: Directory,
  call: CallContext,
  texts: readonly string[],
): Promise<TweetEntity[][]> {
  const found = texts.map(entitiesOf);
  const mentions = found.flat().filter(({ kind }) => kind === 'MENTION');
  const handles = [...new Set(mentions.map(({ value }) => value.toLowerCase()))];
  const ids = await idsByHandle(users, call, handles);
  return found.map((entities) =>
    entities.map((entity) => {
      const userId = entity.kind === 'MENTION' ? ids.get(entity.value.toLowerCase()) : undefined;
      return userId === undefined ? entity : { ...entity, userId };
    }),
  );
}

async function idsByHandle(
  users: Directory,
  call: CallContext,
  handles: readonly string[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (let start = 0; start < handles.length; start += MAX_HANDLES) {
    const answer = await users.getUsersByHandle(call, { handles: handles.slice(start, start + MAX_HANDLES) });
    for (const user of answer.users) if (user.state !== 'erased') ids.set(user.handle.toLowerCase(), user.id);
  }
  return ids;
}
