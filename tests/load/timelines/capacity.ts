/** Measured: what one core does, and what a timeline takes. */
export type UnitCosts = {
  /** Entries pushed to lists in a second, by one core of a worker and one of Redis beside it. */
  deliveriesPerSecond: number;
  /** Warm home pages answered in a second, by one core of the gateway and the subgraphs. */
  readsPerSecond: number;
  /** Tweets taken in a second, by one core of the gateway and the subgraphs. */
  postsPerSecond: number;
  /** Milliseconds of a warm home page, alone. */
  readMs: number;
  /** Bytes of a list, on average between two trims. */
  bytesPerTimeline: number;
};

/** Assumed: what people do. */
export type Habits = {
  dailyUsers: number;
  /** Home pages, the next ones of a scroll included. */
  pagesPerUserAndDay: number;
  postsPerUserAndDay: number;
  /**
   * Lists that an average post is pushed to: followers of its author who are active, where authors count as often as they post, and
   * famous ones count for their famous followers only.
   */
  listsPerPost: number;
  /** People with a list ÷ people of one day: a list outlives the last read by three days. */
  listsPerDailyUser: number;
  /** The busiest second ÷ the average one. */
  peakFactor: number;
  /** What is kept free for faults and growth is the rest. */
  utilisation: number;
  /** Copies of each list: a primary and its replicas. */
  copies: number;
};

/** People of one day per core, and what a given number of them takes at the busiest second. */
export type Capacity = {
  coreSecondsPerUserAndDay: { reads: number; posts: number; deliveries: number };
  dailyUsersPerCore: number;
  atPeak: { readsPerSecond: number; postsPerSecond: number; deliveriesPerSecond: number; readsInFlight: number };
  /** Redis has as many again as `deliveries`. */
  cores: { reads: number; posts: number; deliveries: number };
  lists: number;
  /** Of all lists and their copies. */
  listBytes: number;
};

/** Of a network as large as Twitter was: half a billion tweets a day, by 200 million people. */
export const TWITTERS_HABITS: Habits = {
  dailyUsers: 200_000_000,
  pagesPerUserAndDay: 30,
  postsPerUserAndDay: 2.5,
  listsPerPost: 75,
  listsPerDailyUser: 1.5,
  peakFactor: 2.5,
  utilisation: 0.6,
  copies: 2,
};

const SECONDS_A_DAY = 86_400;

/** Arithmetic alone; by Little's law, what is in flight is what arrives in a second times the seconds it stays. */
export function capacityOf(costs: UnitCosts, habits: Habits): Capacity {
  const { dailyUsers, pagesPerUserAndDay, postsPerUserAndDay, listsPerPost, peakFactor, utilisation } = habits;
  const perUser = {
    reads: pagesPerUserAndDay / costs.readsPerSecond,
    posts: postsPerUserAndDay / costs.postsPerSecond,
    deliveries: (postsPerUserAndDay * listsPerPost) / costs.deliveriesPerSecond,
  };
  const coresFor = (coreSeconds: number) => (coreSeconds * peakFactor) / SECONDS_A_DAY / utilisation;
  const everything = perUser.reads + perUser.posts + perUser.deliveries;
  const atPeak = (perUserAndDay: number) => (dailyUsers * perUserAndDay * peakFactor) / SECONDS_A_DAY;
  const lists = dailyUsers * habits.listsPerDailyUser;
  return {
    coreSecondsPerUserAndDay: perUser,
    dailyUsersPerCore: 1 / coresFor(everything),
    atPeak: {
      readsPerSecond: atPeak(pagesPerUserAndDay),
      postsPerSecond: atPeak(postsPerUserAndDay),
      deliveriesPerSecond: atPeak(postsPerUserAndDay * listsPerPost),
      readsInFlight: atPeak(pagesPerUserAndDay) * (costs.readMs / 1_000),
    },
    cores: {
      reads: Math.ceil(dailyUsers * coresFor(perUser.reads)),
      posts: Math.ceil(dailyUsers * coresFor(perUser.posts)),
      deliveries: Math.ceil(dailyUsers * coresFor(perUser.deliveries)),
    },
    lists,
    listBytes: lists * costs.bytesPerTimeline * habits.copies,
  };
}
