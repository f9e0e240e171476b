import type { Id } from '@starling/domain/ids.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { GraphLoaders } from './loaders.ts';

/** One operation. */
export type GraphContext = { call: CallContext; loaders: GraphLoaders };

/** A person by reference; users owns the rest. */
export type UserParent = { __typename?: 'User'; id: Id };
