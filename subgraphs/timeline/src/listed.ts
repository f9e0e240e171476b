import { AFTER_EVERY_ID, justBelow, type Id } from '@starling/domain/ids.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import { pulledFollowees, type Fame } from './fame.ts';
import { EVERYTHING, type TimelineSlice } from './timeline-store/port.ts';
import type { ViewerPoint } from './viewpoint.ts';

/** What a list holds, from where on, and whose entries are to be merged in there. */
export type Listed = {
  completeFrom: Id;
  ids: readonly Id[];
  pulled: readonly Id[];
  /** All there is down to `completeFrom`, where that was read at once: with what is pulled, and the viewer's own. */
  entries?: readonly EntryFacts[] | undefined;
};

/** Of a viewer who reads without a list. */
export const NOTHING_LISTED: Listed = { completeFrom: AFTER_EVERY_ID, ids: [], pulled: [] };

/** Null for a list that is missing or lacks a followee: nobody may believe it. */
export function listedIn(
  slice: TimelineSlice | null,
  viewer: ViewerPoint,
  { fame, nowMs }: { fame: Fame; nowMs: number },
): Listed | null {
  if (slice === null || slice.header.followsRevision < viewer.followsRevision) return null;
  const { completeFrom } = slice.header;
  return { completeFrom, ids: slice.ids, pulled: pulledFollowees(fame, viewer, { completeFrom, nowMs }) };
}

/** The exclusive bound of a read that goes down as far as a list is complete; empty for the first entry ever. */
export function boundOf({ completeFrom }: Pick<Listed, 'completeFrom'>): string {
  return completeFrom === EVERYTHING ? '' : justBelow(completeFrom);
}
