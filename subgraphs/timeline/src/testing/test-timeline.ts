import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createCall } from '@starling/kit/call.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { ANONYMOUS } from '@starling/kit/principal.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { graphql } from 'graphql';
import { timelineConfig } from '../config.ts';
import { openTimeline, type OpenedTimeline, type TimelineShared } from '../open.ts';
import type { Person, World } from './world.ts';

type Edge = { cursor: string; node: { id: string }; isRetweet: boolean; reason: object };
export type Connection = { edges: Edge[]; pageInfo: { endCursor: string | null } };
export type Answer = {
  data: { homeTimeline: Connection; whyNotInMyTimeline: object | null; _entities: [{ tweets: Connection | null }] };
  errors?: readonly { extensions: Record<string, unknown> }[];
};

export type TestTimeline = OpenedTimeline & {
  contextOf(person: Person | null): object;
  ask(person: Person | null, source: string, variables: Record<string, unknown>): Promise<Answer>;
};

/** The subgraph as it is opened, over a world; in memory unless it is given servers. */
export async function openTestTimeline(
  world: World,
  settings: Record<string, unknown> = {},
  servers: Pick<TimelineShared, 'redis'> & Partial<Pick<TimelineShared, 'log'>> = { redis: null },
): Promise<TestTimeline> {
  const timeline = await openTimeline(timelineConfig.parse(settings), {
    cache: createEmbeddedCache(),
    logger: createLogger({ name: 'test', level: 'silent' }),
    pubsub: createEmbeddedPubSub(),
    log: { publish: async () => [], read: async () => [], lag: async () => [], aheadOfCommits: 0 },
    services: world.services,
    now: world.now,
    monotonicNow: world.now,
    ...servers,
  });
  const contextOf = (person: Person | null) => {
    const principal = { ...ANONYMOUS, userId: person?.id ?? null };
    return timeline.subgraph.createContext(createCall({ principal, deadline: Number.MAX_SAFE_INTEGER }));
  };
  return {
    ...timeline,
    contextOf,
    async ask(person, source, variableValues) {
      const { schema } = timeline.subgraph;
      return (await graphql({ schema, source, variableValues, contextValue: contextOf(person) })) as unknown as Answer;
    },
  };
}

/** Codes as the door would present them. */
export function codesOf({ errors = [] }: Pick<Answer, 'errors'>): unknown[] {
  return errors.map((error) => (error as { originalError?: { code?: string } }).originalError?.code ?? error);
}
