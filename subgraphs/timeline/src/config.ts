import { z } from 'zod';

const DAY_MS = 24 * 60 * 60 * 1000;
const WEEK_MS = 7 * DAY_MS;
const HOUR_MS = 60 * 60 * 1000;
/** What one request to graph or tweets may ask for. */
const FOLLOWERS_A_PAGE_MAX = 10_000;
const ENTRIES_A_READ_MAX = 5_000;
/** A page of so many asks tweets for the facts of a thousand entries at most, those around it for collapsing included. */
const RANKED_MAX = 750;
const COLLAPSE_WITHIN_MAX = 50;

/** What the subgraph timeline can be told; environment names are TIMELINE_ and the key, such as TIMELINE_KEPT. */
export const timelineConfig = z
  .object({
    /**
     * How entries come to home timelines: pushed to every follower, pulled at every read, or pushed but for those of famous
     * authors. To be changed while no process of timeline and no worker runs: the first that starts then drops all lists.
     */
    delivery: z.enum(['hybrid', 'push', 'pull']).default('hybrid'),
    /** Ids a materialised timeline begins with, and is cut back to. */
    kept: z.coerce.number().int().min(1).max(ENTRIES_A_READ_MAX).default(800),
    /** Ids it may grow to before it is cut. */
    trimAbove: z.coerce.number().int().min(1).max(ENTRIES_A_READ_MAX).default(1_000),
    /** Timelines held at a time, at most; 8 kB each at their largest. */
    maxTimelines: z.coerce.number().int().min(1).default(20_000),
    /** Milliseconds a timeline is held after it was last read. */
    expiryMs: z.coerce
      .number()
      .int()
      .min(1)
      .default(3 * DAY_MS),
    /** Followers read at a time by the fan-out. */
    followersAPage: z.coerce.number().int().min(1).max(FOLLOWERS_A_PAGE_MAX).default(5_000),
    /** Followers that one record of a bigger push goes to, before those of other pushes have their turn. */
    followersASlice: z.coerce.number().int().min(1).default(5_000),
    /** Entries × followers pushed at a time. */
    deliveriesAPush: z.coerce.number().int().min(1).default(10_000),
    /** Pushes under way at a time, of one batch of records. */
    pushesUnderWay: z.coerce.number().int().min(1).default(4),
    /**
     * Records of the log that are replayed at most to bring timelines up to date that Redis has come back with; beyond that, they are built
     * anew as they are read. 0: always. Of each partition of Kafka that consumers lag in, some 2,000 are that may not have been handled yet.
     */
    replayMost: z.coerce.number().int().min(0).default(200_000),
    /** Milliseconds between two audits of timelines, by each process; 0: none. */
    auditEveryMs: z.coerce.number().int().min(0).default(10_000),
    /** Milliseconds that a delivery may take, beside the lag of the fan-out, before an audit takes its absence for a hole. */
    auditGraceMs: z.coerce
      .number()
      .int()
      .min(0)
      .default(5 * 60_000),
    /** Milliseconds for which it is known how a tweet was delivered. */
    deliveryKeptMs: z.coerce.number().int().min(1).default(WEEK_MS),
    /** Tweets of which that is known at a time, at most, where it is kept in memory. */
    maxDeliveries: z.coerce.number().int().min(1).default(20_000),
    /** Entries above one among which the same tweet makes it collapse; 0: nothing does. */
    collapseWithin: z.coerce.number().int().min(0).max(COLLAPSE_WITHIN_MAX).default(30),
    /** Milliseconds for which a new entry is told to open subscriptions. */
    newsForMs: z.coerce.number().int().min(0).default(HOUR_MS),
    /** The newest entries that the order RANKED ranks; what is older follows newest first. */
    rankedCandidates: z.coerce.number().int().min(1).max(RANKED_MAX).default(500),
    /** Milliseconds for which a ranked order is kept after its first page; 36 bytes an entry. Later pages make it again. */
    rankedForMs: z.coerce.number().int().min(0).default(HOUR_MS),
    /** Milliseconds until what a viewer does to others tells in the ranking, at most. */
    affinityForMs: z.coerce
      .number()
      .int()
      .min(1)
      .default(5 * 60_000),
    /** Milliseconds between two writings of the profiles that viewers have opened; a process that dies loses as much. */
    profileOpensEveryMs: z.coerce.number().int().min(1).default(1_000),
    /** Ranked orders, and affinities of viewers, held at a time, at most, where there is no Redis to hold them. */
    maxRanked: z.coerce.number().int().min(1).default(2_000),
  })
  .refine(({ kept, trimAbove }) => kept <= trimAbove, {
    path: ['trimAbove'],
    message: 'must not be less than kept',
  });

export type TimelineConfig = z.infer<typeof timelineConfig>;
