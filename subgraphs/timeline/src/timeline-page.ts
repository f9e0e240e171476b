import type { Id } from '@starling/domain/ids.ts';
import type { FilledPage } from '@starling/kit/fill-page.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';

/** A timeline is ordered by its entries' ids, newest first. */
export type Place = { id: Id };

export type TimelinePage = FilledPage<Place, EntryFacts>;

/** An entry of a home timeline, with those of the same tweet that collapse into it, newest first. */
export type HomeEntry = EntryFacts & { collapsed: readonly EntryFacts[] };
