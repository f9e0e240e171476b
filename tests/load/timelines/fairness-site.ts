import type { Id } from '@starling/domain/ids.ts';
import { openGraph } from '@starling/graph/open.ts';
import { systemCall } from '@starling/kit/call.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import type { PubSub } from '@starling/kit/pubsub/port.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import type { Databases } from '@starling/stack/databases.ts';
import { openPorts } from '@starling/stack/open-ports.ts';
import { openTimeline, type OpenedTimeline, type TimelineShared } from '@starling/timeline/open.ts';
import { createWorker } from '@starling/worker/create-worker.ts';
import { topics } from '@starling/worker/topics.ts';
import { addPeople, type Crowd, type NewFollow } from './fill-by-sql.ts';
import { servicesOfNewcomers } from './followers-of.ts';
import { crowdConfig, LOGGER } from './open-crowd.ts';

/** The log, its worker and the timelines' consumers, as a process of the product has them, on a crowd's graph. */
export type FairnessSite = {
  log: Pick<EventLog, 'publish'>;
  pubsub: Pick<PubSub, 'subscribe'>;
  /** Resolves when nothing is under way. */
  drain(): Promise<void>;
  close(): Promise<void>;
};

/** Who is pushed to, each with a list. */
export type Audience = {
  star: Id;
  /** Ordinary authors, whose followers together are the star's. */
  authors: readonly { authorId: Id; lastFollowerId: Id }[];
  followers: readonly Id[];
};

const FOLLOWERS_AN_AUTHOR = 100;

/** New authors, each followed by the next hundred of the star's followers. `count` is of the followers. */
export async function addAuthors(
  databases: Databases,
  crowd: Crowd,
  count: number,
): Promise<{ crowd: Crowd; audience: Audience }> {
  const followers = Array.from({ length: count }, (_, index) => crowd.personAt(index + 2));
  const authors: { authorId: Id; lastFollowerId: Id }[] = [];
  const follows: NewFollow[] = [];
  for (let start = 0; start < count; start += FOLLOWERS_AN_AUTHOR) {
    const authorId = crowd.personAt(crowd.people + 1 + authors.length);
    const ofAuthor = followers.slice(start, start + FOLLOWERS_AN_AUTHOR);
    follows.push(...ofAuthor.map((followerId) => ({ followerId, followeeId: authorId })));
    authors.push({ authorId, lastFollowerId: ofAuthor.at(-1) ?? '' });
  }
  const grown = await addPeople(databases, crowd, { count: authors.length, follows });
  return { crowd: grown, audience: { star: crowd.personAt(1), authors, followers } };
}

/** Everything is pushed here, by whomever: where the star's tweets are pulled there is no big push. */
export async function openFairnessSite(
  databases: Databases,
  { followers }: Audience,
  redis: TimelineShared['redis'],
): Promise<FairnessSite> {
  const config = crowdConfig(2 ** 31 - 1);
  const ports = await openPorts(databases, { logger: LOGGER, cacheEntries: config.stack.cacheEntries });
  const shared = { ...ports, logger: LOGGER, services: { users: { getUsers: async () => ({ users: [] }) } } };
  const graph = await openGraph({ ...config.graph, databaseUrl: databases.graph }, shared);
  const timeline = await openTimeline(
    { ...config.timeline, delivery: 'push', maxTimelines: 2 * followers.length },
    { ...ports, logger: LOGGER, redis, services: servicesOfNewcomers(graph.rpc) },
  );
  const worker = createWorker({ log: ports.log, topics, sources: [], consumers: timeline.consumers, logger: LOGGER });
  await worker.start();
  await materialise(timeline, followers);
  return {
    log: ports.log,
    pubsub: ports.pubsub,
    drain: () => worker.drain(),
    async close() {
      await worker.stop();
      await timeline.close();
      await graph.close();
      await ports.close();
    },
  };
}

const READERS_AT_A_TIME = 64;

/** By reading, as everybody's is. */
async function materialise({ subgraph }: OpenedTimeline, viewerIds: readonly Id[]): Promise<void> {
  const read = async (userId: Id) => {
    const { principal, ...call } = systemCall('materialise', { timeoutMs: 60_000 });
    const asViewer = { ...call, principal: { ...principal, userId } };
    const request = { query: '{ homeTimeline(first: 1) { edges { cursor } } }' };
    const { errors } = await executeInSubgraph(subgraph, request, asViewer, { logger: LOGGER });
    if (errors) throw new Error(`A timeline could not be read: ${JSON.stringify(errors)}`);
  };
  for (let start = 0; start < viewerIds.length; start += READERS_AT_A_TIME)
    await Promise.all(viewerIds.slice(start, start + READERS_AT_A_TIME).map(read));
}
