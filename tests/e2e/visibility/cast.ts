import { belongsToHome } from '@starling/domain/home-timeline.ts';
import {
  decideEntry,
  NO_RELATION,
  type AccountState,
  type Relation,
  type Subject,
  type TweetState,
} from '@starling/domain/visibility.ts';
import type { Door } from '../support/client.ts';
import { act, editProfile, post, register, relate, withPassword, type Someone } from '../support/people.ts';
import type { TestStack } from '../support/stack-under-test.ts';

/** Who is there besides the author. The viewer follows the bystander, who has set up a stage: a tweet to answer. */
export type Cast = { stack: TestStack; viewer: Someone; bystander: Someone; stageId: string };

/** What an author became after everybody had dealt with them, and what is then true. */
export type Case = {
  name: string;
  handle: string;
  change(author: Someone, cast: Cast, tweetId: string): Promise<unknown>;
  state?: AccountState;
  isPrivate?: boolean;
  tweetState?: TweetState;
  /** How the viewer then stands to the author. */
  relation: Relation;
};

const FOLLOWING: Relation = { ...NO_RELATION, following: true };

export const CASES: readonly Case[] = [
  { name: 'an ordinary author', handle: 'plain', change: async () => {}, relation: FOLLOWING },
  { name: 'an author one does not follow', handle: 'stranger', change: unfollowed, relation: NO_RELATION },
  {
    name: 'an author who blocks the viewer',
    handle: 'blocker',
    change: (author, { viewer }) => relate(author, 'block', viewer),
    relation: { ...NO_RELATION, blockedBy: true },
  },
  {
    name: 'an author whom the viewer blocks',
    handle: 'blocked',
    change: (author, { viewer }) => relate(viewer, 'block', author),
    relation: { ...NO_RELATION, blocking: true },
  },
  {
    name: 'a muted author',
    handle: 'muted',
    change: (author, { viewer }) => relate(viewer, 'mute', author),
    relation: { ...FOLLOWING, muting: true },
  },
  {
    name: 'a private author whom the viewer follows',
    handle: 'discreet',
    change: (author) => editProfile(author, { isPrivate: true }),
    isPrivate: true,
    relation: FOLLOWING,
  },
  {
    name: 'a private author whom the viewer does not follow',
    handle: 'secret',
    change: async (author, cast) => [await unfollowed(author, cast), await editProfile(author, { isPrivate: true })],
    isPrivate: true,
    relation: NO_RELATION,
  },
  {
    name: 'a deactivated author',
    handle: 'away',
    change: (author) => withPassword(author, 'deactivateAccount'),
    state: 'deactivated',
    relation: FOLLOWING,
  },
  {
    name: 'a suspended author',
    handle: 'shut',
    change: (author, { stack }) => stack.operators.suspend(author.id),
    state: 'suspended',
    relation: FOLLOWING,
  },
  {
    name: 'an erased author',
    handle: 'gone',
    change: (author) => withPassword(author, 'eraseAccount'),
    state: 'erased',
    tweetState: 'deleted',
    relation: NO_RELATION,
  },
  {
    name: 'a deleted tweet',
    handle: 'sorry',
    change: (author, _cast, tweetId) => act(author, 'deleteTweet', tweetId),
    tweetState: 'deleted',
    relation: FOLLOWING,
  },
];

/** What an author did, and what a bystander, whom the viewer follows, did about it. */
export type Scene = {
  case: Case;
  cast: Cast;
  author: Someone;
  tweetId: string;
  quoteId: string;
  replyId: string;
  answerId: string;
  /** The bystander mentions the author. */
  mentionId: string;
};

/** Before anything changes. */
export async function play(one: Case, cast: Cast): Promise<Scene> {
  const { stack, viewer, bystander, stageId } = cast;
  const author = await register(stack, one.handle);
  for (const fan of [viewer, bystander]) await relate(fan, 'follow', author);
  await relate(author, 'follow', bystander);
  const tweetId = await post(author, `${one.handle}word is what I say`);
  await act(bystander, 'likeTweet', tweetId);
  await act(bystander, 'retweet', tweetId);
  const quoteId = await post(bystander, { text: 'Look at this', quotedId: tweetId });
  const replyId = await post(bystander, { text: 'I answer this', replyToId: tweetId });
  const answerId = await post(author, { text: 'Enter, from the left', replyToId: stageId });
  const mentionId = await post(bystander, `How do you do, @${author.handle}`);
  await act(author, 'likeTweet', stageId);
  await act(author, 'retweet', stageId);
  return { case: one, cast, author, tweetId, quoteId, replyId, answerId, mentionId };
}

/** Somebody who looks: how they stand to the author, and their door. */
export type Looker = { id: string | null; relation: Relation; door: Door };

export function personOf(
  { case: { state = 'active', isPrivate = false }, author }: Scene,
  { relation }: Looker,
): Subject {
  return { author: { id: author.id, state, isPrivate }, relation };
}

export function subjectOf(scene: Scene, looker: Looker): Subject {
  return { ...personOf(scene, looker), tweetState: scene.case.tweetState ?? 'live' };
}

/** Whether the author's tweet and its retweet by the bystander belong to the looker's home timeline, and show there. */
export function atHome(scene: Scene, looker: Looker, tweetState = scene.case.tweetState ?? 'live') {
  const { author, tweetId, cast } = scene;
  const viewerId = looker.id ?? '';
  const following = new Set([cast.bystander.id, ...(looker.relation.following ? [author.id] : [])]);
  const tweet: Subject = { ...subjectOf(scene, looker), tweetState };
  const other: Subject = { author: { id: cast.bystander.id, state: 'active', isPrivate: false }, relation: FOLLOWING };
  const shows = (id: string, actorId: string, actor: Subject) =>
    belongsToHome(
      { id, actorId, tweetId, authorId: author.id, parentAuthorId: null, hashtags: [] },
      { viewerId, following, hashtags: new Set() },
    ) && decideEntry(viewerId, { actor, tweet }, 'home').verdict === 'show';
  return { own: shows(tweetId, author.id, tweet), retweeted: shows('retweet', cast.bystander.id, other) };
}

function unfollowed(author: Someone, { viewer }: Cast): Promise<void> {
  return relate(viewer, 'unfollow', author);
}
