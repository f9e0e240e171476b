import type { Id } from '@starling/domain/ids.ts';
import type { LogPosition } from './log-position.ts';

/**
 * Materialised home timelines: for each viewer a list of entry ids under a header that says how far it is complete.
 * A list is there exactly while its viewer reads: reading renews its expiry, pushing does not, nor does whoever looks at it or builds it anew
 * for nobody who reads (`renews: false`). Losing lists loses nothing but time.
 *
 * Promises of every adapter (tests/conformance/timeline-store.conformance.ts):
 * - `push` adds to lists that are there, finished or not, and to no other. The same id twice is one id.
 * - Beyond `trimAbove` ids a list is cut back to `kept`; what was cut raises `completeFrom` above it, also while a build runs.
 * - A list with a header and no id is empty; no list is missing. An unfinished one takes pushes and is missing to readers.
 * - `finish` applies only to the very build that `begin` started last, and only if no drop came between; pushes since then stay.
 * - The number of lists is bounded: the longest unread go first.
 */
export type TimelineStore = {
  /** Every entry of a delivery to every follower of it. How many lists took each delivery. */
  push(deliveries: readonly Delivery[]): Promise<number[]>;
  /** Ids at or above `completeFrom` and below `beforeId`, newest first, each once; fewer than `limit` if there are no more. */
  read(viewerId: Id, slice: { beforeId: Id; limit: number; renews?: boolean }): Promise<TimelineSlice | null>;
  /**
   * Starts a list anew: an empty one that takes pushes from now on. A newer build takes over from an older one. If it does not renew, it
   * lives no longer than the list in whose place it comes would have.
   */
  begin(viewerId: Id, build: { token: string; followsRevision: bigint; renews?: boolean }): Promise<void>;
  /** False if this build is no longer the current one; then nothing was changed. */
  finish(viewerId: Id, build: FinishedBuild): Promise<boolean>;
  /**
   * To be told when every record below this position has been pushed, or goes on as a record of its own. It is of no consequence where
   * lists end with the process that pushes them; where they outlive it, see recovery-port.ts.
   */
  reached(position: LogPosition): void;
  drop(viewerIds: readonly Id[]): Promise<void>;
  /** From its begin on nobody believes a list of before. How many were dropped: fewer than there were if it was ended by its signal. */
  dropAll(options?: DropOptions): Promise<number>;
  ping(): Promise<void>;
  close(): Promise<void>;
};

export type Delivery = { followerIds: readonly Id[]; entryIds: readonly Id[] };

export type TimelineHeader = {
  /** Inclusive: every entry at or above it is in the list, once the fan-out has caught up. */
  completeFrom: Id;
  /** `follows_revision` of the relations that the list was built from. */
  followsRevision: bigint;
};

export type TimelineSlice = { header: TimelineHeader; ids: Id[] };

export type FinishedBuild = { token: string; ids: readonly Id[]; completeFrom: Id };

export type DropOptions = {
  /** Ends it between two batches. Lists that are left take memory until they expire, and no more. */
  signal?: AbortSignal;
  /** Hears how many keys were looked at, of about how many. */
  onProgress?(done: number, total: number): void;
};

export type TimelineLimits = {
  /** Ids left after a trim. */
  kept: number;
  /** Ids a list may grow to before it is trimmed. */
  trimAbove: number;
  maxTimelines: number;
  /** Milliseconds a list lives after it was last read. */
  expiryMs: number;
};

/** `completeFrom` of a list that goes down to the first entry ever; below every id, and as wide as one. */
export const EVERYTHING: Id = '0'.repeat(19);
