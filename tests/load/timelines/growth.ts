import type { Id } from '@starling/domain/ids.ts';
import { statementsOf } from '@starling/kit/testing/sql-statements.ts';
import { createRandom } from '@starling/stack/community/random.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { postTweet } from '../paths/post-tweet.ts';
import { median } from '../paths/rounds.ts';
import { fillCrowd, peopleWith } from './fill-by-sql.ts';
import { openStackOn, type CrowdServer } from './open-crowd.ts';
import { pickSome } from './pick-some.ts';
import { readHome } from './reading.ts';
import type { Scope } from './scope.ts';

/** What things cost among so many people: medians of milliseconds in process, and of SQL statements. */
export type GrowthStep = { people: number } & Record<GrowthCost, number>;
export type GrowthCost =
  | 'firstReadMs'
  | 'firstReadStatements'
  | 'warmReadMs'
  | 'warmReadStatements'
  | 'postMs'
  /** Until every follower's list has it; without those of outbox and log, which come in batches. */
  | 'postStatements';

const READERS = 40;
const WRITERS = 40;
/** Of those who are asked for the same each time, so that only the number of all others grows. */
const FOLLOWEES = { from: 30, below: 60 };
const FOLLOWERS = { from: 5, below: 50 };
const STAR_FOLLOWERS = 100_000;
const FAMOUS_FROM = 10_000;
/** What else the process compiles on its way is done by then. */
const WARM_UP_READS = 200;

export async function measureGrowth(scope: Scope, server: CrowdServer, people: number): Promise<GrowthStep> {
  const databases = await server.createDatabases(`growth_${people}`);
  await fillCrowd(databases, {
    people,
    starFollowers: Math.min(STAR_FOLLOWERS, people / 2),
    famous: { from: FAMOUS_FROM },
    nowMs: Date.now(),
  });
  const random = createRandom(people);
  const readers = pickSome(random, await peopleWith(databases, 'following_count', FOLLOWEES), READERS);
  const writers = pickSome(random, await peopleWith(databases, 'follower_count', FOLLOWERS), WRITERS);
  const opening = openStackOn(databases, { famousFrom: FAMOUS_FROM });
  return scope.use(opening, (stack) => measure(stack, { people, readers, writers }));
}

type Cost = { ms: number; statements: number };

async function measure(
  stack: Stack,
  { people, readers, writers }: { people: number; readers: readonly Id[]; writers: readonly Id[] },
): Promise<GrowthStep> {
  const [nobodyYet = '', ...others] = readers;
  for (let read = 0; read < WARM_UP_READS; read += 1) await readHome(stack, nobodyYet);
  for (const id of writers.slice(0, WRITERS / 4)) await postTweet(stack, id, 'To warm up');
  await stack.drain();
  const first = await medianOf(others, (id) => costOf(() => readHome(stack, id)));
  // The second page fills what the next ones find: images of the entries of its list, and of its reader's own.
  for (const id of others) await readHome(stack, id);
  const warm = await medianOf(others, (id) => costOf(() => readHome(stack, id)));
  const post = await medianOf(writers, (id) => costOfPost(stack, id));
  return {
    people,
    ...{ firstReadMs: first.ms, firstReadStatements: first.statements },
    ...{ warmReadMs: warm.ms, warmReadStatements: warm.statements },
    ...{ postMs: post.ms, postStatements: post.statements },
  };
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  let ms = NaN;
  const statements = await statementsOf(async () => {
    const began = performance.now();
    await work();
    ms = performance.now() - began;
  });
  return { ms, statements: statements.length };
}

async function costOfPost(stack: Stack, authorId: Id): Promise<Cost> {
  let ms = NaN;
  const statements = await statementsOf(async () => {
    ({ ms } = await costOf(() => postTweet(stack, authorId, 'One more of many')));
    await stack.drain();
  });
  return { ms, statements: statements.length };
}

async function medianOf(ids: readonly Id[], measureOne: (id: Id) => Promise<Cost>): Promise<Cost> {
  const costs: Cost[] = [];
  for (const id of ids) costs.push(await measureOne(id));
  return { ms: median(costs.map(({ ms }) => ms)), statements: median(costs.map(({ statements }) => statements)) };
}
