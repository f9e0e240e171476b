import { act, editProfile, post, register, relate, withPassword, type Someone } from '../support/people.ts';
import type { TestStack } from '../support/stack-under-test.ts';

/** Ids of people and tweets as they stand to Ada. */
export type Ids = Readonly<
  Record<
    | 'self'
    | 'friend'
    | 'blocker'
    | 'away'
    | 'own'
    | 'deleted'
    | 'ofFriend'
    | 'ofBlocker'
    | 'ofBlocked'
    | 'ofPrivate'
    | 'ofAway',
    string
  >
>;

/** Well formed, and nobody's. */
export const UNKNOWN_ID = '1000000000000000000';
export const LONE_SURROGATE = 'half a pair \ud83d';
export const NUL = 'a\u0000b';

/** What is sent: variables of an operation, or the input of a mutation. */
export type Input = Record<string, unknown>;

/** Ada, and whatever she may not do something to. */
export async function peopleTheWorld(stack: TestStack): Promise<{ ada: Someone; ids: Ids }> {
  const names = ['ada', 'friend', 'blocker', 'blocked', 'discreet', 'away'];
  const [ada, friend, blocker, blocked, discreet, away] = (await Promise.all(
    names.map((name) => register(stack, name)),
  )) as [Someone, Someone, Someone, Someone, Someone, Someone];
  const [own, deleted] = [await post(ada, 'Mine'), await post(ada, 'Gone')];
  await act(ada, 'deleteTweet', deleted);
  await ada.get('PostTweet', { input: { text: 'Once', idempotencyKey: 'once' } });
  const ids = {
    self: ada.id,
    friend: friend.id,
    blocker: blocker.id,
    away: away.id,
    own,
    deleted,
    ofFriend: await post(friend, 'A friend’s'),
    ofBlocker: await post(blocker, 'Not for you'),
    ofBlocked: await post(blocked, 'You do not want me'),
    ofPrivate: await post(discreet, 'Psst'),
    ofAway: await post(away, 'Bye'),
  };
  await relate(blocker, 'block', ada);
  await relate(ada, 'block', blocked);
  await editProfile(discreet, { isPrivate: true });
  await withPassword(away, 'deactivateAccount');
  await stack.drain();
  return { ada, ids };
}
