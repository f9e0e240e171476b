import type { Capacity, Habits, UnitCosts } from './capacity.ts';
import { alignedTable, short } from './report.ts';

/** What the numbers were made of, and what they come to. */
export function capacityTable(costs: UnitCosts, habits: Habits, capacity: Capacity): string {
  const { atPeak, cores } = capacity;
  const rows: [string, string][] = [
    ['measured: warm pages a core and second', short(costs.readsPerSecond)],
    ['measured: posts a core and second', short(costs.postsPerSecond)],
    ['measured: deliveries a core and second', short(costs.deliveriesPerSecond)],
    ['measured: bytes of a timeline', short(costs.bytesPerTimeline)],
    ['assumed: people a day', short(habits.dailyUsers)],
    ['assumed: pages, posts of one a day', `${habits.pagesPerUserAndDay}, ${habits.postsPerUserAndDay}`],
    ['assumed: lists a post goes to', short(habits.listsPerPost)],
    ['assumed: peak by average; cores busy', `${habits.peakFactor}; ${habits.utilisation}`],
    ['one core sustains, people a day', short(Math.floor(capacity.dailyUsersPerCore))],
    ['at peak, pages a second (in flight)', `${short(atPeak.readsPerSecond)} (${short(atPeak.readsInFlight)})`],
    ['at peak, posts a second', short(atPeak.postsPerSecond)],
    ['at peak, deliveries a second', short(atPeak.deliveriesPerSecond)],
    ['cores for pages', short(cores.reads)],
    ['cores for posts', short(cores.posts)],
    ['cores for deliveries, and as many of Redis', short(cores.deliveries)],
    [`TB of lists, ${habits.copies} copies`, short(capacity.listBytes / 1e12)],
  ];
  return alignedTable(['capacity', ''], rows);
}
