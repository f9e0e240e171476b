import type { LogRecord } from '../port.ts';
import type { Place, Position } from '../place.ts';

/** What was fetched of one partition. */
export type Fetched = Place & {
  records: readonly LogRecord[];
  /** The partition's end as of then. */
  end: bigint;
  /** True if the partition has been sent elsewhere since. */
  isStale(): boolean;
  /** The next fetch goes on at `next`. */
  resolve(next: bigint): void;
};

/** What a session asks and tells. */
export type SessionHooks = {
  /** Asked before each join, until it says yes; from then on nothing may be committed until `onJoined`. */
  mayJoin(): boolean;
  onJoined(places: readonly Place[]): void;
  /** The next fetch waits for it, and with it every other partition of that server. */
  onBatch(fetched: Fetched): Promise<void>;
};

/** A membership in a consumer group, until something breaks it. */
export type Session = {
  /** Resolves with the reason when it has broken. */
  ended: Promise<unknown>;
  /** Breaks it. */
  fail(reason: unknown): void;
  /** All of them or, if it rejects, perhaps some. Throws PartitionLost if the server says that they are another's. */
  commit(positions: readonly Position[]): Promise<void>;
  seek(place: Place, offset: bigint): void;
  pause(places: readonly Place[]): void;
  resume(places: readonly Place[]): void;
  /** Leaves the group. */
  stop(): Promise<void>;
};
