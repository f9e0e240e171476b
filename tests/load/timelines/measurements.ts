import type { Databases } from '@starling/stack/databases.ts';
import type { TimelineShared } from '@starling/timeline/open.ts';
import { runRounds } from '../paths/rounds.ts';
import { bytesOfTimeline, type TimelineBytes } from './bytes.ts';
import { toComparisonResults, type Comparison, type ComparisonResult } from './comparison.ts';
import { fairnessComparisons } from './fairness.ts';
import { addAuthors, openFairnessSite, type Audience } from './fairness-site.ts';
import { fanOutComparisons } from './fan-out-comparisons.ts';
import { fillCrowd } from './fill-by-sql.ts';
import { measureGrowth, type GrowthStep } from './growth.ts';
import { createMint, viewerAt } from './lists.ts';
import { openStackOn, startCrowdServer } from './open-crowd.ts';
import { startOwnRedis } from './own-redis.ts';
import { patternComparisons } from './pattern-comparisons.ts';
import { addReaders, readingComparisons, unitRates, type UnitRates } from './reading.ts';
import { NAMESPACE, openRedisBench } from './redis-bench.ts';
import type { Scope } from './scope.ts';

export type Sizes = {
  rounds: number;
  lists: number;
  patternLists: number;
  people: number;
  starFollowers: number;
  growth: readonly number[];
};

export type Run = { sizes: Sizes; scope: Scope; tell(text: string): void };

/** Lists as full as they are in the long run, on a Redis of its own. */
export async function measureOnRedis(
  run: Run,
  wanted: { fanOut: boolean; patterns: boolean; bytes: boolean; cluster: boolean },
): Promise<{ comparisons: ComparisonResult[]; bytes: TimelineBytes | null; placement: string }> {
  const { sizes, scope, tell } = run;
  tell(`filling ${sizes.lists} timelines, and what is beside them`);
  return scope.use(openRedisBench({ ...sizes, cluster: wanted.cluster }), async (bench) => {
    const { redis, store, config } = bench;
    tell(redis.placement);
    const comparisons = await compare(run, [
      ...(wanted.fanOut ? await fanOutComparisons(bench, tell) : []),
      ...(wanted.patterns ? await patternComparisons(bench, sizes.patternLists) : []),
    ]);
    const site = { store, connection: redis.connection, config };
    const bytes = wanted.bytes ? await bytesOfTimeline(site, viewerAt(sizes.lists), createMint()) : null;
    return { comparisons, bytes, placement: redis.placement };
  });
}

/** Big pushes and reads, in a crowd with heavy tails. */
export async function measureInCrowd(
  run: Run,
  wanted: { fairness: boolean; reading: boolean; redis: boolean },
): Promise<{ comparisons: ComparisonResult[]; rates: UnitRates | null }> {
  const { sizes, scope, tell } = run;
  return scope.use(startCrowdServer(), async (server) => {
    const databases = await server.createDatabases('crowd');
    tell(`filling the databases of ${sizes.people} people`);
    const crowd = await fillCrowd(databases, { ...sizes, famous: { count: FAMOUS_PEOPLE }, nowMs: Date.now() });
    tell(`${crowd.follows} follows, ${crowd.tweets} tweets; famous from ${crowd.famousFrom} followers on`);
    const grown = await addAuthors(databases, crowd, sizes.starFollowers);
    const comparisons: ComparisonResult[] = [];
    if (wanted.fairness && wanted.redis) comparisons.push(...(await fairnessOnRedis(run, databases, grown.audience)));
    if (wanted.fairness) comparisons.push(...(await fairnessOn(run, databases, grown.audience, null)));
    if (!wanted.reading) return { comparisons, rates: null };
    const readers = await addReaders(databases, grown.crowd, sizes.rounds);
    return scope.use(openStackOn(databases, crowd), async (stack) => {
      comparisons.push(...(await compare(run, await readingComparisons(stack, readers))));
      return { comparisons, rates: await unitRates(stack, readers) };
    });
  });
}

/** So many that a reader can follow twenty of them, whatever the crowd's size. */
const FAMOUS_PEOPLE = 40;

async function fairnessOnRedis(run: Run, databases: Databases, audience: Audience): Promise<ComparisonResult[]> {
  return run.scope.use(startOwnRedis({ cluster: false }), async ({ connection, placement }) => {
    run.tell(placement);
    return fairnessOn(run, databases, audience, { connection, namespace: NAMESPACE });
  });
}

async function fairnessOn(
  run: Run,
  databases: Databases,
  audience: Audience,
  redis: TimelineShared['redis'],
): Promise<ComparisonResult[]> {
  run.tell(`materialising ${audience.followers.length} timelines, ${redis ? 'in Redis' : 'in this process'}`);
  return run.scope.use(openFairnessSite(databases, audience, redis), async (site) =>
    compare(run, await fairnessComparisons(site, audience, redis ? 'Redis' : 'embedded')),
  );
}

export async function measureAsUsersGrow({ sizes, scope, tell }: Run): Promise<GrowthStep[]> {
  return scope.use(startCrowdServer(), async (server) => {
    const steps: GrowthStep[] = [];
    for (const people of sizes.growth) {
      tell(`what reads and posts cost among ${people} people`);
      steps.push(await measureGrowth(scope, server, people));
    }
    return steps;
  });
}

async function compare({ sizes, tell }: Run, comparisons: readonly Comparison[]): Promise<ComparisonResult[]> {
  if (comparisons.length === 0) return [];
  try {
    return toComparisonResults(comparisons, await runRounds(comparisons, sizes.rounds, tell));
  } finally {
    for (const { close } of comparisons) await close();
  }
}
