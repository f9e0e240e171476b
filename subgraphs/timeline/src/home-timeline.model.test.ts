import { AFTER_EVERY_ID, type Id } from '@starling/domain/ids.ts';
import type { AccountState } from '@starling/domain/visibility.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TimelineConfig } from './config.ts';
import { createProduct, nameFollowees } from './testing/product.ts';
import { createWorld, type Person } from './testing/world.ts';

/**
 * Random lives of a few people against the definition. Events come late, twice and out of order, pushes in slices that others
 * overtake and crashes repeat; lists are trimmed, evicted, dropped and expire all the time; people become famous and cease to
 * be. Every page that anybody reads, at any moment, is checked: what it shows is what the definition has for that stretch, names
 * included, but for entries whose event is still under way and that carry no followed hashtag: of these it is as if they were
 * not there, above the page and below it too. In the end every tweet is explained as the definition has it.
 */
const PEOPLE = 5;

const who = fc.nat({ max: PEOPLE - 1 });
const which = fc.nat({ max: 30 });
const first = fc.integer({ min: 1, max: 9 });
/** From tiny lists with starved pages to lists that hold everything. */
const bounds = fc.record({
  kept: fc.constantFrom(1, 4, 13, 30),
  slack: fc.integer({ min: 0, max: 3 }),
  maxTimelines: fc.integer({ min: 1, max: PEOPLE }),
  spare: fc.constantFrom(0, 3, 200),
  delivery: fc.constantFrom<Bounds['delivery']>('hybrid', 'hybrid', 'push', 'pull'),
  followersASlice: fc.integer({ min: 1, max: 3 }),
  collapseWithin: fc.constantFrom(0, 1, 3, 30),
});
/** Of which tweets carry some, and people follow some. */
const TAGS = ['tea', 'cake', 'jam'];
const tag = fc.constantFrom(...TAGS);
const tags = fc.subarray(TAGS);
const states = fc.constantFrom<AccountState>('active', 'active', 'deactivated', 'suspended', 'erased');

const step = fc.oneof(
  { weight: 16, arbitrary: fc.record({ do: fc.constant('post'), who, tags }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('postBackdated'), who, tags, hours: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('reply'), who, which, tags }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('retweet'), who, which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('undo'), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withhold'), which, on: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('follow'), who, other: who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('unfollow'), who, other: who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('followHashtag'), who, tag }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unfollowHashtag'), who, tag }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('block'), who, other: who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unblock'), who, other: who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mute'), who, other: who, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('privacy'), who, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('state'), who, state: states }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fame'), who, on: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('read'), who, first }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('readOn'), who, first }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('readPast'), who, first, ms: fc.integer({ min: -1, max: 60 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver'), count: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deliverOne'), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('redeliver'), which }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliverSlice'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crashAfterSlice'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dropAll') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop'), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 20_000, 59_998, 600_000, 2_000_000) }),
  },
) as fc.Arbitrary<Step>;

type Step = {
  do: string;
  who: number;
  other: number;
  which: number;
  first: number;
  count: number;
  hours: number;
  ms: number;
  on: boolean;
  tag: string;
  tags: string[];
  state: AccountState;
};

test('every page agrees with the definition at any moment, and every timeline once all events have come', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 200, size: 'max' }),
      first,
      bounds,
      async (steps, lastFirst, given) => {
        const life = createLife(given);
        for (const each of steps) await life.take(each);
        await life.drain();
        for (const viewer of life.world.people) {
          const home = life.world.namedHomeOf(viewer);
          expect(await life.product.wholeNamedHome(viewer.id, lastFirst)).toEqual(home);
          const shown = new Map(home.toReversed().map((entry) => [life.world.tweetOf(entry.id), entry]));
          for (const tweetId of life.tweetIds()) {
            const explained = await life.product.explain(viewer.id, tweetId);
            const told = explained?.shown ? nameFollowees({ ...explained, entries: [explained.shown] }) : [];
            expect(told, `an explanation of ${tweetId}`).toEqual([shown.get(tweetId)].filter(Boolean));
            const causes = explained?.absences.map(({ cause }) => cause) ?? [];
            if (shown.has(tweetId)) expect(causes.every((cause) => cause === 'RETWEET_COLLAPSED')).toBe(true);
            else expect(causes.length > 0 && !causes.includes('RETWEET_COLLAPSED')).toBe(true);
            const opened = life.world.opened(viewer, tweetId);
            const untold = explained?.absences.filter(({ actorId }) => actorId === null).map(({ cause }) => cause);
            expect(untold, `what hides ${tweetId}`).toEqual(opened.verdict === 'show' ? [] : [opened.reason]);
            if (opened.verdict !== 'show') expect(causes).toHaveLength(1);
          }
        }
        expect(life.product.warnings).toEqual([]);
      },
    ),
    { numRuns: Number(process.env.MODEL_RUNS ?? 150) },
  );
}, 120_000);

type Bounds = {
  kept: number;
  slack: number;
  maxTimelines: number;
  spare: number;
  followersASlice: number;
  delivery: TimelineConfig['delivery'];
  collapseWithin: number;
};

function createLife(bounds: Bounds) {
  const { kept, slack, maxTimelines, spare, followersASlice, delivery, collapseWithin } = bounds;
  const world = createWorld(PEOPLE, { collapseWithin });
  const product = createProduct(world, {
    delivery,
    limits: { kept, trimAbove: kept + slack, maxTimelines },
    scanBudget: (size) => size + spare,
    followersASlice,
  });
  const tweets: EntryFacts[] = [];
  const cursors = new Map<Id, Id | null>();
  let delivered = 0;
  const early = new Set<number>();
  const person = (index: number): Person => world.people[index % PEOPLE]!;
  const tweet = (index: number) => tweets.at(-1 - (index % Math.max(1, tweets.length)));
  const withTweet = (index: number, act: (target: EntryFacts) => unknown): unknown => {
    const target = tweet(index);
    return target && act(target);
  };
  const firstEvents = () => new Map(world.events.map(({ key }, index) => [key, index] as const).reverse());
  /** Whose event has come, and with it the last slice of its push. */
  const arrived = new Set<Id>();
  const isUnderWay = (entryId: Id): boolean => !arrived.has(entryId);
  function noteArrivals(): void {
    for (const [key, index] of firstEvents())
      if ((index < delivered || early.has(index)) && !product.slices.isUnderWay(key)) arrived.add(key);
  }

  async function readPage(viewer: Person, size: number, afterId: Id | null): Promise<void> {
    const page = await product.home(viewer.id, size, afterId);
    const from = afterId ?? AFTER_EVERY_ID;
    const to = page.hasNextPage ? page.endId! : '';
    const here = await expectAllThatCame(viewer);
    const due = world.namedHomeOf(viewer, here).filter(({ id }) => id < from && id >= to);
    expect(nameFollowees(page)).toEqual(due);
    expect(page.entries.length).toBeLessThanOrEqual(size);
    cursors.set(viewer.id, page.hasNextPage ? page.endId : null);
  }

  /** What was is known whatever has been delivered. */
  async function readPast(viewer: Person, size: number, atMs: number): Promise<void> {
    expect(await product.wholeNamedHomeAt(viewer.id, size, atMs)).toEqual(world.namedHomeAt(viewer, atMs));
  }

  /** Before anything collapses. */
  async function expectAllThatCame(viewer: Person): Promise<ReadonlySet<Id>> {
    const shown = await product.uncollapsedHome(viewer.id);
    const due = world.uncollapsedHomeOf(viewer);
    const here = new Set(shown);
    const excused = new Set(due.filter((id) => !here.has(id) && isUnderWay(id) && !world.isPulledBy(viewer, id)));
    expect(shown).toEqual(due.filter((id) => !excused.has(id)));
    return here;
  }

  async function deliverNext(count: number): Promise<void> {
    const batch = world.events.slice(delivered, delivered + count).filter((_, index) => !early.has(delivered + index));
    await product.deliver(batch);
    delivered = Math.min(world.events.length, delivered + count);
  }
  async function deliverAt(index: number): Promise<void> {
    const record = world.events[index];
    if (!record) return;
    await product.deliver([record]);
    early.add(index);
  }

  const steps: Record<string, (step: Step) => unknown> = {
    post: ({ who, tags: hashtags }) => tweets.push(world.post(person(who), { hashtags })),
    postBackdated: ({ who, hours, tags: hashtags }) =>
      tweets.push(world.post(person(who), { backdatedMs: hours * 3_600_000, hashtags })),
    reply: ({ who, which, tags: hashtags }) => tweets.push(world.post(person(who), { parent: tweet(which), hashtags })),
    retweet: ({ who, which }) => withTweet(which, (target) => tweets.push(world.retweet(person(who), target))),
    undo: ({ which }) => withTweet(which, (target) => world.undo(target)),
    delete: ({ which }) => withTweet(which, (target) => world.setTweetState(target, 'deleted')),
    withhold: ({ which, on }) => withTweet(which, (target) => world.setTweetState(target, on ? 'withheld' : 'live')),
    follow: ({ who, other }) => world.follow(person(who), person(other)),
    unfollow: ({ who, other }) => world.unfollow(person(who), person(other)),
    followHashtag: ({ who, tag: followed }) => world.followHashtag(person(who), followed),
    unfollowHashtag: ({ who, tag: followed }) => world.unfollowHashtag(person(who), followed),
    block: ({ who, other }) => world.block(person(who), person(other)),
    unblock: ({ who, other }) => world.unblock(person(who), person(other)),
    mute: ({ who, other, on }) => world.mute(person(who), person(other), on),
    privacy: ({ who, on }) => (person(who).isPrivate = on),
    fame: ({ who, on }) => (on ? world.beginFame(person(who)) : world.endFame(person(who))),
    state: ({ who, state }) => (person(who).state = state),
    read: ({ who, first: size }) => readPage(person(who), size, null),
    readOn: ({ who, first: size }) => readPage(person(who), size, cursors.get(person(who).id) ?? null),
    readPast: ({ who, first: size, ms }) => readPast(person(who), size, world.now() - ms),
    deliver: ({ count }) => deliverNext(count),
    deliverOne: ({ which }) => deliverAt(delivered + which),
    deliverSlice: ({ which }) => product.slices.deliver(which),
    crashAfterSlice: ({ which }) => product.slices.deliver(which, { crash: true }),
    redeliver: ({ which }) => (delivered > 0 ? product.deliver([world.events[which % delivered]!]) : undefined),
    dropAll: () => product.store.dropAll(),
    drop: ({ who }) => product.store.drop([person(who).id]),
    wait: ({ ms }) => world.advance(ms),
  };
  return {
    world,
    product,
    async take(each: Step): Promise<void> {
      await steps[each.do]!(each);
      noteArrivals();
    },
    async drain(): Promise<void> {
      await deliverNext(world.events.length);
      while (product.slices.count() > 0) await product.slices.deliver();
    },
    tweetIds: () => new Set(tweets.map(({ tweetId }) => tweetId)),
  };
}
