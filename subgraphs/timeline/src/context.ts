import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import { NOBODY, viewpointOf, type AsksRelations, type Viewpoint } from './viewpoint.ts';

/** One operation. */
export type TimelineContext = {
  call: CallContext;
  /** Who looks; asked for once per operation. */
  viewpoint(): Promise<Viewpoint>;
};

/** References: what else a tweet or a person has is other subgraphs' business. */
export type TweetParent = { __typename?: 'Tweet'; id: Id };
export type UserParent = { __typename?: 'User'; id: Id };

export function createTimelineContext(graph: AsksRelations, call: CallContext): TimelineContext {
  let viewpoint: Promise<Viewpoint> | undefined;
  const { userId } = call.principal;
  return {
    call,
    viewpoint: () => (viewpoint ??= userId === null ? Promise.resolve(NOBODY) : viewpointOf(graph, call, userId)),
  };
}
