import type { z } from 'zod';
import { graphConfig } from '@starling/graph/config.ts';
import { openGraph, type GraphShared, type OpenedGraph } from '@starling/graph/open.ts';
import { searchConfig } from '@starling/search/config.ts';
import { openSearch, type SearchShared } from '@starling/search/open.ts';
import { timelineConfig } from '@starling/timeline/config.ts';
import { openTimeline, type OpenedTimeline, type TimelineShared } from '@starling/timeline/open.ts';
import { tweetsConfig } from '@starling/tweets/config.ts';
import { openTweets, type OpenedTweets, type TweetsShared } from '@starling/tweets/open.ts';
import { usersConfig } from '@starling/users/config.ts';
import { openUsers, type OpenedUsers, type SharedByUsers } from '@starling/users/open.ts';

/** The subgraphs that a worker can serve, with what each can be told. */
export const CONFIGS = {
  users: usersConfig,
  graph: graphConfig,
  tweets: tweetsConfig,
  timeline: timelineConfig,
  search: searchConfig,
} as const;
export type SubgraphName = keyof typeof CONFIGS;
export const SUBGRAPH_NAMES = Object.keys(CONFIGS) as SubgraphName[];

export type Configs = { [Name in SubgraphName]: z.output<(typeof CONFIGS)[Name]> };
export type Shared = SharedByUsers & GraphShared & TweetsShared & TimelineShared & SearchShared;

export type Opened = {
  users: OpenedUsers;
  graph: OpenedGraph;
  tweets: OpenedTweets;
  timeline: OpenedTimeline;
  search: Awaited<ReturnType<typeof openSearch>>;
};

const OPEN: { [Name in SubgraphName]: (config: Configs[Name], shared: Shared) => Promise<Opened[Name]> } = {
  users: openUsers,
  graph: openGraph,
  tweets: openTweets,
  timeline: openTimeline,
  search: openSearch,
};

/** Opens the subgraphs of these names; none stays open if one cannot be opened. */
export async function openByName<Name extends SubgraphName>(
  names: readonly Name[],
  configs: Pick<Configs, Name>,
  shared: Shared,
): Promise<Pick<Opened, Name>> {
  const opening = names.map(async (name) => [name, await openOne(name, configs[name], shared)] as const);
  const results = await Promise.allSettled(opening);
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return Object.fromEntries(opened) as Pick<Opened, Name>;
  await Promise.all(opened.map(([, subgraph]) => subgraph.close()));
  throw failed.reason;
}

function openOne<Name extends SubgraphName>(name: Name, config: Configs[Name], shared: Shared): Promise<Opened[Name]> {
  return OPEN[name](config, { ...shared, logger: shared.logger.child({ subgraph: name }) });
}
