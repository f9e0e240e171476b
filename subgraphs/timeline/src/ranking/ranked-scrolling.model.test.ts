import { timeOfId, type Id } from '@starling/domain/ids.ts';
import type { EntryFacts } from '@starling/schema/generated/rpc/tweets.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRankedProduct, namesIn } from '../testing/ranked-product.ts';
import { createWorld, type Person, type World } from '../testing/world.ts';

/**
 * Somebody scrolls through a ranked timeline, to its end, while the others live on. No entry is shown twice, and no tweet that was
 * one entry, a ranked one, if nothing older has come in since and nothing of it has gone; no tweet is passed over that the order ranks and that
 * could be seen all the while, and none below that stood all the while; nothing is shown that could not be seen when its page was
 * read, or that is newer. The first page names at least whom the definition names.
 */
const PEOPLE = 5;
const who = fc.nat({ max: PEOPLE - 1 });
const which = fc.nat({ max: 60 });

type Act = { do: ActName; who: number; which: number };
type ActName = keyof typeof ACTS;

/** The viewer is the first person. An act answers with the entry that it made. */
const ACTS = {
  post: ({ world, person }) => world.post(person),
  reply: ({ world, person, tweet }) => tweet && world.post(person, { parent: tweet }),
  retweet: ({ world, person, tweet }) => tweet && world.retweet(person, tweet),
  like: ({ world, person, tweet }) => void (tweet && world.like(person, tweet)),
  delete: ({ world, tweet }) => void (tweet && world.setTweetState(tweet, 'deleted')),
  undo: ({ world, entry }) => void (entry && world.undo(entry)),
  unfollow: ({ world, viewer, person }) => void world.unfollow(viewer, person),
  open: ({ world, viewer, person }) => void world.openProfile(viewer, person),
  follow: ({ world, viewer, person }) => void world.follow(viewer, person),
  mute: ({ world, viewer, person, isOdd }) => void world.mute(viewer, person, isOdd),
  block: ({ world, viewer, person }) => void world.block(person, viewer),
  deactivate({ viewer, person }) {
    if (person !== viewer) person.state = 'deactivated';
    return undefined;
  },
  wait: ({ world, isOdd }) => void world.advance(isOdd ? 1 : 3_600_000),
} satisfies Record<string, (doing: Doing) => EntryFacts | undefined>;
const ALL = Object.keys(ACTS) as ActName[];
/** Engagement is known only as it is now: an order that is made again may be another one. */
const WITHOUT_ENGAGEMENT = ALL.filter((name) => !['reply', 'retweet', 'like', 'delete', 'undo'].includes(name));

/** Candidates beyond a page that may be examined: a budget that is used up may cost a name. */
const AMPLE = 200;

const act = (names: readonly ActName[]): fc.Arbitrary<Act> => fc.record({ do: fc.constantFrom(...names), who, which });
const scrolling = (names: readonly ActName[]) =>
  fc.record({
    past: fc.array(act(['post', 'post', 'post', 'reply', 'retweet', 'like', 'delete', 'wait']), {
      minLength: 20,
      maxLength: 60,
      size: 'max',
    }),
    during: fc.array(fc.array(act(names), { maxLength: 3 }), { maxLength: 40, size: 'max' }),
    first: fc.integer({ min: 1, max: 7 }),
    rankedCandidates: fc.constantFrom(1, 6, 25, 100),
    spare: fc.constantFrom(3, AMPLE),
    kept: fc.constantFrom(1, 8, 100),
  });

/** No order expires here: a test loses it, or does not. */
const EVER_MS = 1e12;
const RUNS = { numRuns: Number(process.env.MODEL_RUNS ?? 150) };

test('scrolling through a ranked timeline repeats nothing and passes nothing over, whatever happens meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(scrolling(ALL), (given) => scrollAndCheck(given, () => undefined)),
    RUNS,
  );
}, 120_000);

test('so it does where the order is lost before every page', async () => {
  await fc.assert(
    fc.asyncProperty(scrolling(WITHOUT_ENGAGEMENT), (given) =>
      scrollAndCheck(given, (product) => product.images.clear(), { isLost: true }),
    ),
    RUNS,
  );
}, 120_000);

test('where the order is lost and engagement has changed, nothing hidden is shown, and the end is reached', async () => {
  await fc.assert(
    fc.asyncProperty(scrolling(ALL), async (given) => {
      const life = createLife(given);
      await life.scroll((product) => product.images.clear());
    }),
    RUNS,
  );
}, 120_000);

type Given = ReturnType<typeof scrolling> extends fc.Arbitrary<infer Value> ? Value : never;
type Product = ReturnType<typeof createRankedProduct>;

async function scrollAndCheck(
  given: Given,
  lose: (product: Product) => unknown,
  { isLost = false } = {},
): Promise<void> {
  const life = createLife(given);
  const beforeMs = life.world.now();
  const { shown, ...tweetsTo } = await life.scroll(lose);
  const ids = shown.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => timeOfId(id) > beforeMs)).toEqual([]);
  const tweets = shown.map(({ tweetId }) => tweetId);
  const isMissing = (id: Id) => !tweets.includes(id);
  expect(tweetsTo.showByOneEntry.filter(isMissing)).toEqual([]);
  // An order that is made again does not know what was one with something that has come or gone since.
  if (isLost) return;
  expect(tweetsTo.show.filter(isMissing)).toEqual([]);
  expect(tweetsTo.showOnce.filter((id) => tweets.indexOf(id) !== tweets.lastIndexOf(id))).toEqual([]);
  const ranked = shown.flatMap(({ tweetId, isRanked }) => (isRanked ? tweetId : []));
  expect(new Set(ranked).size).toBe(ranked.length);
}

type Shown = { id: Id; tweetId: Id; isRanked: boolean };

function createLife({ past, during, first, rankedCandidates, spare, kept }: Given) {
  const world = createWorld(PEOPLE);
  const viewer = world.people[0]!;
  const limits = { kept, trimAbove: kept + 2 };
  const scanBudget = (size: number) => size + spare;
  const product = createRankedProduct(world, { limits, scanBudget, rankedCandidates, rankedForMs: EVER_MS });
  const entries: EntryFacts[] = [];
  for (const other of world.people.slice(1, 4)) world.follow(viewer, other);
  for (const one of past) take(world, entries, viewer, one);

  return {
    world,
    async scroll(lose: (product: Product) => unknown) {
      const shown: Shown[] = [];
      const atFirst = { standing: world.homeOf(viewer), visible: world.uncollapsedHomeOf(viewer) };
      const allTheWhile = { standing: new Set(atFirst.standing), visible: new Set(atFirst.visible) };
      const beforeMs = world.now();
      let floorId: Id = '';
      let hasGained = false;
      const life = [...during];
      for (let after: string | null = null; ;) {
        const visible = new Set(world.uncollapsedHomeOf(viewer));
        keepOnly(allTheWhile.standing, new Set(world.homeOf(viewer)));
        keepOnly(allTheWhile.visible, visible);
        hasGained ||= [...visible].some((id) => timeOfId(id) <= beforeMs && !atFirst.visible.includes(id));
        const named = new Map(world.namedHomeOf(viewer).map((entry) => [entry.id, entry.followees]));
        const page = await product.ranked(viewer.id, first, after);
        if (after === null && spare === AMPLE)
          for (const { id, followees } of namesIn(page.entries))
            expect(followees).toEqual(expect.arrayContaining(named.get(id) ?? ['missing']));
        if (after === null) floorId = page.entries[0]?.epoch.floorId ?? '';
        const ids = page.entries.map(({ facts }) => facts.id);
        expect(ids.filter((id) => !visible.has(id))).toEqual([]);
        shown.push(
          ...page.entries.map(({ facts: { id, tweetId }, rank }) => ({ id, tweetId, isRanked: rank !== null })),
        );
        if (!page.hasNextPage) break;
        expect(page.endCursor).not.toBe(after);
        after = page.endCursor;
        for (const one of life.shift() ?? []) take(world, entries, viewer, one);
        await product.deliver(world.events);
        await lose(product);
      }
      const tweetOf = (id: Id) => entries.find((entry) => entry.id === id)?.tweetId ?? '';
      const ranked = [...allTheWhile.visible].filter((id) => id >= floorId);
      const heads = atFirst.standing.map(tweetOf);
      const visibleAtFirst = atFirst.visible.map(tweetOf);
      const hasLost = new Set(atFirst.visible.filter((id) => !allTheWhile.visible.has(id)).map(tweetOf));
      const isOnceIn = (ids: readonly Id[]) => (id: Id) => ids.indexOf(id) === ids.lastIndexOf(id);
      const toShow = [...ranked, ...allTheWhile.standing].map(tweetOf);
      return {
        shown,
        show: toShow,
        showByOneEntry: hasGained ? [] : toShow.filter(isOnceIn(visibleAtFirst)),
        showOnce: hasGained ? [] : ranked.map(tweetOf).filter((id) => isOnceIn(heads)(id) && !hasLost.has(id)),
      };
    },
  };
}

function keepOnly(ids: Set<Id>, others: ReadonlySet<Id>): void {
  for (const id of ids) if (!others.has(id)) ids.delete(id);
}

type Doing = {
  world: World;
  viewer: Person;
  person: Person;
  entry: EntryFacts | undefined;
  tweet: EntryFacts | undefined;
  isOdd: boolean;
};

function take(world: World, entries: EntryFacts[], viewer: Person, { do: name, who: by, which: index }: Act): void {
  const entry = entries[index % Math.max(1, entries.length)];
  const tweet = entry && entries.find(({ id }) => id === entry.tweetId);
  const made = ACTS[name]({ world, viewer, person: world.people[by]!, entry, tweet, isOdd: index % 2 === 1 });
  if (made) entries.push(made);
}
