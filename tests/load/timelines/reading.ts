import type { Id } from '@starling/domain/ids.ts';
import { createRandom } from '@starling/stack/community/random.ts';
import type { Databases } from '@starling/stack/databases.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { operation } from '../../e2e/support/operations.ts';
import { postTweet } from '../paths/post-tweet.ts';
import { median, rateOf } from '../paths/rounds.ts';
import type { Comparison } from './comparison.ts';
import { addPeople, peopleWith, type Crowd } from './fill-by-sql.ts';
import { pickSome } from './pick-some.ts';

/** Who reads, in a crowd that has been added to. */
export type Readers = {
  /** Follow `FOLLOWEES` people each, the first ones `FAMOUS` famous ones among them. */
  ofFamous: readonly Id[];
  ofNobodyFamous: readonly Id[];
  /** Have not read yet. */
  passive: readonly Id[];
  writers: readonly Id[];
};

const READERS = 20;
const FOLLOWEES = 150;
const FAMOUS = 20;
const FIRST = 20;
const WIDTH = 8;
const RATE_MS = 2_000;
/** Short ones, as the machine is faster or slower for seconds at a time. */
const TURNS = 8;
const TURN_MS = RATE_MS / TURNS;
const READS_A_TURN = 10;

export async function addReaders(databases: Databases, crowd: Crowd, rounds: number): Promise<Readers> {
  const ordinary = await peopleWith(databases, 'follower_count', { from: 1, below: crowd.famousFrom });
  const famous = await peopleWith(databases, 'follower_count', { from: crowd.famousFrom, below: 2 ** 31 - 1 });
  // One round warms up, and as many as read in one have read before.
  const passiveCount = (rounds + 2) * TURNS * READS_A_TURN;
  const count = 2 * READERS + passiveCount;
  const ids = Array.from({ length: count }, (_, index) => crowd.personAt(crowd.people + 1 + index));
  const random = createRandom(1);
  const follows = ids.flatMap((followerId, index) => {
    const famousCount = index < READERS ? FAMOUS : 0;
    const followees = [
      ...pickSome(random, famous, famousCount),
      ...pickSome(random, ordinary, Math.min(FOLLOWEES, ordinary.length) - famousCount),
    ];
    return followees.map((followeeId) => ({ followerId, followeeId }));
  });
  await addPeople(databases, crowd, { count, follows });
  return {
    ofFamous: ids.slice(0, READERS),
    ofNobodyFamous: ids.slice(READERS, 2 * READERS),
    passive: ids.slice(2 * READERS),
    writers: pickSome(random, ordinary, 1_000),
  };
}

/** Pages of the product's own operation, in process, past HTTP. */
export async function readingComparisons(stack: Stack, readers: Readers): Promise<Comparison[]> {
  const passive = readers.passive.values();
  const nextPassive = (count: number) => Array.from(passive.take(count));
  const warmed = nextPassive(TURNS * READS_A_TURN);
  const nextWarm = cycle(warmed);
  for (const id of [...readers.ofFamous, ...readers.ofNobodyFamous, ...warmed]) await readHome(stack, id);
  const nothing = async () => undefined;
  return [
    {
      name: `warm page, ${FAMOUS} famous of ${FOLLOWEES} followees`,
      baseline: 'nobody famous of as many',
      unit: 'ms',
      aim: { atMost: 1.2 },
      turns: TURNS,
      ours: () => millisecondsARead(stack, readers.ofFamous),
      theirs: () => millisecondsARead(stack, readers.ofNobodyFamous),
      settle: () => stack.drain(),
      close: nothing,
    },
    {
      name: `a passive reader's first page, ${FOLLOWEES} followees`,
      baseline: 'a warm page of as many',
      unit: 'ms',
      aim: { atMost: 4 },
      turns: TURNS,
      // Who reads again waits until the list is stored.
      ours: () => medianRead(stack, nextPassive(READS_A_TURN), (id) => readHome(stack, id)),
      theirs: () => medianRead(stack, Array.from({ length: READS_A_TURN }, nextWarm)),
      settle: nothing,
      close: nothing,
    },
    {
      name: `a ranked first page, ${FOLLOWEES} followees`,
      baseline: 'a warm page of as many',
      unit: 'ms',
      aim: null,
      turns: TURNS,
      ours: () => medianOf(Array.from({ length: READS_A_TURN }, nextWarm), (id) => readPage(stack, id, RANKED)),
      theirs: () => medianRead(stack, Array.from({ length: READS_A_TURN }, nextWarm)),
      settle: nothing,
      close: nothing,
    },
  ];
}

/** What this process does in a second, while Postgres has whatever cores there are, and how long a page takes alone. */
export type UnitRates = { reads: number; posts: number; readMs: number };

export async function unitRates(stack: Stack, readers: Readers): Promise<UnitRates> {
  const reader = cycle(readers.ofFamous);
  const writer = cycle(readers.writers);
  const reads = await rateOf(() => readHome(stack, reader()), WIDTH, RATE_MS);
  const posts = await rateOf(() => postTweet(stack, writer(), 'One more of many'), WIDTH, RATE_MS);
  await stack.drain();
  return { reads, posts, readMs: await medianRead(stack, readers.ofFamous) };
}

/** Of readers who take turns, some at a time. */
async function millisecondsARead(stack: Stack, ids: readonly Id[]): Promise<number> {
  const next = cycle(ids);
  return 1_000 / (await rateOf(() => readHome(stack, next()), WIDTH, TURN_MS));
}

/** With what is to be over before the next one. */
function medianRead(stack: Stack, ids: readonly Id[], settle?: (id: Id) => Promise<void>): Promise<number> {
  return medianOf(ids, (id) => readHome(stack, id), settle);
}

/** Milliseconds, one after the other. */
async function medianOf(
  ids: readonly Id[],
  read: (id: Id) => Promise<void>,
  settle: (id: Id) => Promise<void> = async () => undefined,
): Promise<number> {
  const times: number[] = [];
  for (const id of ids) {
    const began = performance.now();
    await read(id);
    times.push(performance.now() - began);
    await settle(id);
  }
  return median(times);
}

type Page = { homeTimeline: { edges: unknown[] } };

export function readHome(stack: Pick<Stack, 'executeAs'>, viewerId: Id): Promise<void> {
  return readPage(stack, viewerId, HOME);
}

async function readPage(stack: Pick<Stack, 'executeAs'>, viewerId: Id, page: string): Promise<void> {
  const { homeTimeline } = await stack.executeAs<Page>(viewerId, page, { first: FIRST });
  if (homeTimeline.edges.length !== FIRST) throw new Error(`The home page has ${homeTimeline.edges.length} entries.`);
}

const HOME = operation('HomeTimeline');
const RANKED = operation('HomeTimelineRanked');

function cycle(ids: readonly Id[]): () => Id {
  let turn = 0;
  return () => ids[turn++ % ids.length] ?? '';
}
