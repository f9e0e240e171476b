import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';

/** One operation. */
export type SearchContext = { call: CallContext };

/** References: what else a tweet or a person has is other subgraphs' business. */
export type TweetParent = { __typename?: 'Tweet'; id: Id };
export type UserParent = { __typename?: 'User'; id: Id };
