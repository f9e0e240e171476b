import type { Id } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import { writeFounding } from '@starling/stack/community/founding.ts';
import { loadCommunity, type Loaded } from '@starling/stack/community/load-community.ts';
import { drainWithProgress } from '@starling/stack/community/seed-demo.ts';
import type { Follow } from '@starling/stack/community/community.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { allEntries } from '../timelines/true-timelines.ts';
import { checkTimelines, type CheckResult } from '../timelines/check-timelines.ts';
import { graphCommunity } from './graph-community.ts';
import type { Edge } from './read-edge-list.ts';

export type ImportOptions = {
  edges: readonly Edge[];
  dataDir: string;
  password: string;
  tweets: number;
  seed: number;
  directed: boolean;
  check: boolean;
  /** Ends the import between two of its batches; another one goes on with it. */
  signal: AbortSignal;
  onProgress(step: string, done: number, total: number): void;
};

export type ImportReport = {
  people: number;
  follows: number;
  tweets: number;
  created: Loaded['created'];
  check: CheckResult | null;
};

/** Loads the graph, waits for every event to arrive, and with `check` holds every home timeline against the definition. */
export async function importGraph(stack: Stack, options: ImportOptions): Promise<ImportReport> {
  const { edges, dataDir, password, tweets, seed, directed, check, signal, onProgress } = options;
  const nowMs = Date.now();
  const community = graphCommunity({ edges, directed, tweetsEach: tweets, seed, nowMs });
  await writeFounding(dataDir, { state: 'imported', nowMs });
  const { userIds, tweetIds, created } = await loadCommunity(community, {
    services: stack.services,
    password,
    onLoaded: onProgress,
    signal,
  });
  await drainWithProgress(stack, onProgress, signal);
  if (check) {
    await checkFollows(stack, community.follows, userIds);
    await checkTweets(stack, [...userIds.values()], [...tweetIds.values()]);
  }
  const ids = [...userIds.values()];
  return {
    people: community.people.length,
    follows: community.follows.length,
    tweets: community.tweets.length,
    created,
    check: check
      ? await checkTimelines({
          ...stack,
          actorIds: ids,
          viewerIds: ids,
          onChecked(done, total) {
            signal.throwIfAborted();
            onProgress('checked', done, total);
          },
        })
      : null,
  };
}

/** The brute force starts from what tweets lists, as timelines do; so nothing may be missing there. */
async function checkTweets({ services }: Stack, userIds: readonly Id[], tweetIds: readonly Id[]): Promise<void> {
  const listed = new Set((await allEntries(services.tweets, userIds)).map(({ id }) => id));
  const missing = tweetIds.filter((id) => !listed.has(id));
  if (missing.length > 0)
    throw new Error(`${missing.length} tweets of this import are not listed, ${missing[0]} first.`);
}

/** The brute force starts from graph's follows; so these must be those of the file. */
async function checkFollows(
  { services }: Stack,
  follows: readonly Follow[],
  userIds: ReadonlyMap<string, string>,
): Promise<void> {
  const byFollower = Map.groupBy(follows, ({ follower }) => follower);
  for (const [follower, own] of byFollower) {
    const userId = userIds.get(follower) ?? '';
    const { following } = await services.graph.getRelations(systemCall('import', { timeoutMs: 60_000 }), { userId });
    const held = new Set(following);
    const missing = own.filter(({ followee }) => !held.has(userIds.get(followee) ?? ''));
    if (missing.length > 0)
      throw new Error(`${follower} does not follow ${missing.length} people that the file says they do.`);
  }
}
