import { checkHashtag, nameHashtag, type HashtagCheck } from '@starling/domain/hashtag.ts';
import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { requireViewer } from '@starling/kit/require-viewer.ts';
import type { UserError, UserErrorCode } from '@starling/schema/error-codes.ts';
import { NOT_ACTIVE, type PairDeps } from './change-pair.ts';
import { changeRelations, type RelationChange } from './change-relations.ts';
import { countHashtagFollows } from './store/hashtags.ts';

export type HashtagDeps = PairDeps & { /** Hashtags that one person follows, at most. */ hashtagLimit: number };

/** The tag in the form that is compared, or what is wrong with the input; then nothing was changed. */
export type HashtagResult = { tag: string } | { errors: UserError[] };

/** Makes the viewer follow a hashtag. Tweets that carry it show at the next read, also those from before. */
export async function followHashtag(deps: HashtagDeps, call: CallContext, raw: string): Promise<HashtagResult> {
  return changeTag(deps, call, checkHashtag(raw), async (change, { viewerId, tag }) => {
    const { count, isFollowed } = await countHashtagFollows(change.client, viewerId, tag);
    if (isFollowed) return null;
    if (count >= deps.hashtagLimit)
      return tagError('LIMIT_REACHED', `One person can follow ${deps.hashtagLimit} hashtags at most`);
    await change.followHashtags(viewerId, [tag]);
    return null;
  });
}

/** Ends the viewer's follow of a hashtag. */
export async function unfollowHashtag(deps: HashtagDeps, call: CallContext, raw: string): Promise<HashtagResult> {
  return changeTag(deps, call, nameHashtag(raw), async (change, { viewerId, tag }) => {
    await change.unfollowHashtags(viewerId, [tag]);
    return null;
  });
}

type OwnTag = { viewerId: Id; tag: string };

/** `work` answers with what forbids the change, before it has changed anything, or with null. */
async function changeTag(
  deps: HashtagDeps,
  call: CallContext,
  checked: HashtagCheck,
  work: (change: RelationChange, own: OwnTag) => Promise<UserError | null>,
): Promise<HashtagResult> {
  const viewerId = requireViewer(call);
  if (!checked.ok) return { errors: [tagError(checked.code, checked.message)] };
  const { tag } = checked;
  const { users } = await deps.users.getUsers(call, { ids: [viewerId] });
  if (users[0]?.state !== 'active') return { errors: [NOT_ACTIVE] };
  const error = await changeRelations(deps, [viewerId], async (change) =>
    change.personOf(viewerId).erased ? NOT_ACTIVE : work(change, { viewerId, tag }),
  );
  return error === null ? { tag } : { errors: [error] };
}

function tagError(code: UserErrorCode, message: string): UserError {
  return { code, field: ['tag'], message };
}
