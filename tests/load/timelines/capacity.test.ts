import { expect, test } from 'vitest';
import { capacityOf, type Habits, type UnitCosts } from './capacity.ts';

const COSTS: UnitCosts = {
  deliveriesPerSecond: 1_000,
  readsPerSecond: 100,
  postsPerSecond: 10,
  readMs: 50,
  bytesPerTimeline: 8_000,
};

/** Chosen so that a day's work of one person is easy to see: 1 s of reads, 1 s of posts, 1 s of deliveries. */
const HABITS: Habits = {
  dailyUsers: 86_400,
  pagesPerUserAndDay: 100,
  postsPerUserAndDay: 10,
  listsPerPost: 100,
  listsPerDailyUser: 2,
  peakFactor: 1,
  utilisation: 1,
  copies: 1,
};

test('as many people as a day has seconds keep a core busy for each second that one of them takes', () => {
  const { cores, coreSecondsPerUserAndDay, dailyUsersPerCore } = capacityOf(COSTS, HABITS);
  expect(coreSecondsPerUserAndDay).toEqual({ reads: 1, posts: 1, deliveries: 1 });
  expect(cores).toEqual({ reads: 1, posts: 1, deliveries: 1 });
  expect(dailyUsersPerCore).toBeCloseTo(86_400 / 3);
});

test('a peak and a reserve multiply the cores, and leave the work of a person as it is', () => {
  const busy = capacityOf(COSTS, { ...HABITS, peakFactor: 3, utilisation: 0.5 });
  expect(busy.cores).toEqual({ reads: 6, posts: 6, deliveries: 6 });
  expect(busy.coreSecondsPerUserAndDay).toEqual(capacityOf(COSTS, HABITS).coreSecondsPerUserAndDay);
  expect(busy.dailyUsersPerCore).toBeCloseTo(86_400 / 18);
});

test('what is in flight is what arrives in a second times the seconds it stays', () => {
  const { atPeak } = capacityOf(COSTS, { ...HABITS, peakFactor: 2 });
  expect(atPeak).toEqual({ readsPerSecond: 200, postsPerSecond: 20, deliveriesPerSecond: 2_000, readsInFlight: 10 });
});

test('memory is that of all lists and their copies', () => {
  const { lists, listBytes } = capacityOf(COSTS, { ...HABITS, copies: 3 });
  expect(lists).toBe(172_800);
  expect(listBytes).toBe(172_800 * 8_000 * 3);
});

test('a core that does twice as much needs half as many of its kind, and changes no other', () => {
  const before = capacityOf(COSTS, { ...HABITS, dailyUsers: 1e9 }).cores;
  const after = capacityOf({ ...COSTS, deliveriesPerSecond: 2_000 }, { ...HABITS, dailyUsers: 1e9 }).cores;
  expect(after.deliveries).toBe(Math.ceil(before.deliveries / 2));
  expect([after.reads, after.posts]).toEqual([before.reads, before.posts]);
});
