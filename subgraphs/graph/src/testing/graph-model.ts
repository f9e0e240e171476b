import type { Id } from '@starling/domain/ids.ts';

/** What graph promises, as simply as it can be said: sets of `a>b`. */
export type GraphModel = {
  follow: Set<string>;
  follow_request: Set<string>;
  block: Set<string>;
  mute: Set<string>;
  past: string[];
  /** `a#tag` */
  hashtag_follow: Set<string>;
  pastHashtags: string[];
};

export const ACTIONS = [
  'follow',
  'unfollow',
  'block',
  'unblock',
  'mute',
  'unmute',
  'accept',
  'decline',
  'cancel',
] as const;
export type Action = (typeof ACTIONS)[number];

export const HASHTAG_ACTIONS = ['followHashtag', 'unfollowHashtag'] as const;
export type HashtagAction = (typeof HASHTAG_ACTIONS)[number];

export type Rules = { isPrivate(id: Id): boolean; followLimit: number; hashtagLimit: number };

export function createModel(): GraphModel {
  return {
    follow: new Set(),
    follow_request: new Set(),
    block: new Set(),
    mute: new Set(),
    past: [],
    hashtag_follow: new Set(),
    pastHashtags: [],
  };
}

/** Applies one action; answers with the error code it must give, or `ok`. */
export function applyToModel(
  model: GraphModel,
  rules: Rules,
  { action, actor, target }: { action: Action; actor: Id; target: Id },
): string {
  if (actor === target) return 'SELF';
  const pair = { actor, target, edge: `${actor}>${target}`, back: `${target}>${actor}` };
  return EFFECTS[action](model, pair, rules) ?? 'ok';
}

/** As `applyToModel`, for what is done to a hashtag. */
export function applyHashtagToModel(
  { hashtag_follow: followed, pastHashtags }: GraphModel,
  { hashtagLimit }: Rules,
  { action, actor, tag }: { action: HashtagAction; actor: Id; tag: string },
): string {
  const pair = `${actor}#${tag}`;
  if (action === 'unfollowHashtag') {
    if (followed.delete(pair)) pastHashtags.push(pair);
    return 'ok';
  }
  const isFull = [...followed].filter((other) => other.startsWith(`${actor}#`)).length >= hashtagLimit;
  if (isFull && !followed.has(pair)) return 'LIMIT_REACHED';
  followed.add(pair);
  return 'ok';
}

type Pair = { actor: Id; target: Id; edge: string; back: string };
type Effect = (model: GraphModel, pair: Pair, rules: Rules) => string | undefined;

const EFFECTS: Record<Action, Effect> = {
  follow(model, pair, rules) {
    const { actor, target, edge } = pair;
    if (isBlocked(model, pair)) return 'BLOCKED';
    if (model.follow.has(edge) || (model.follow_request.has(edge) && rules.isPrivate(target))) return undefined;
    if (isFull(model, actor, rules)) return 'LIMIT_REACHED';
    (rules.isPrivate(target) ? model.follow_request : model.follow).add(edge);
    return undefined;
  },
  accept(model, pair, rules) {
    const { target, back } = pair;
    if (model.follow.has(back)) return undefined;
    if (isBlocked(model, pair)) return 'BLOCKED';
    if (!model.follow_request.has(back)) return 'NOT_FOUND';
    if (isFull(model, target, rules)) return 'LIMIT_REACHED';
    model.follow_request.delete(back);
    model.follow.add(back);
    return undefined;
  },
  unfollow: (model, { edge }) => end(model, edge),
  block(model, { edge, back }) {
    end(model, edge);
    end(model, back);
    model.block.add(edge);
    return undefined;
  },
  unblock: (model, { edge }) => remove(model.block, edge),
  mute(model, { edge }) {
    model.mute.add(edge);
    return undefined;
  },
  unmute: (model, { edge }) => remove(model.mute, edge),
  decline: (model, { back }) => remove(model.follow_request, back),
  cancel: (model, { edge }) => remove(model.follow_request, edge),
};

function isBlocked({ block }: GraphModel, { edge, back }: Pair): boolean {
  return block.has(edge) || block.has(back);
}

function isFull({ follow }: GraphModel, id: Id, { followLimit }: Rules): boolean {
  return [...follow].filter((pair) => pair.startsWith(`${id}>`)).length >= followLimit;
}

function end(model: GraphModel, edge: string): undefined {
  model.follow_request.delete(edge);
  if (model.follow.delete(edge)) model.past.push(edge);
}

function remove(set: Set<string>, edge: string): undefined {
  set.delete(edge);
}
