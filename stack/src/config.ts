import { z } from 'zod';
import { ConfigError, readConfigs, type Environment } from '@starling/kit/config/read-config.ts';
import { gatewayConfig } from '@starling/gateway/config.ts';
import { graphConfig } from '@starling/graph/config.ts';
import { searchConfig } from '@starling/search/config.ts';
import { timelineConfig } from '@starling/timeline/config.ts';
import { tweetsConfig } from '@starling/tweets/config.ts';
import { usersConfig } from '@starling/users/config.ts';

const stackConfig = z.object({
  /** Time for running work to end at a stop. */
  stopDeadlineMs: z.coerce.number().int().positive().default(15_000),
  /**
   * Entries of the cache of reads, at most; the least recently used go first. The hottest fifth of a day's tweets, at up to three
   * entries each (content, facts, counters), with one for each author and two for each reader, fit into half of it: the default
   * does for 40,000 tweets a day, in some 30 MB.
   */
  cacheEntries: z.coerce.number().int().min(1).default(50_000),
});

/** What it has in common with lone processes. */
const starlingConfig = z.object({
  /** /livez, /readyz and /metrics, for operators; without it nobody serves metrics. */
  httpPort: z.coerce.number().int().min(0).max(65_535).optional(),
});

/** An embedded stack brings its databases; their addresses are not for anybody to set. */
const OWN_DATABASE = { databaseUrl: 'embedded' } as const;

const parts = {
  starling: { prefix: 'STARLING', schema: starlingConfig },
  stack: { prefix: 'STACK', schema: stackConfig },
  gateway: { prefix: 'GATEWAY', schema: gatewayConfig },
  users: { prefix: 'USERS', schema: usersConfig, given: OWN_DATABASE },
  graph: { prefix: 'GRAPH', schema: graphConfig, given: OWN_DATABASE },
  tweets: { prefix: 'TWEETS', schema: tweetsConfig, given: OWN_DATABASE },
  timeline: { prefix: 'TIMELINE', schema: timelineConfig },
  search: { prefix: 'SEARCH', schema: searchConfig },
} as const;

export type StackConfig = { [Part in keyof typeof parts]: z.infer<(typeof parts)[Part]['schema']> };

/**
 * Reads the environment: GATEWAY_PORT, USERS_ACCESS_TOKEN_MS and so on; what is not set has its default.
 * `gateway` is what flags have set. Throws ConfigError, which names everything that is wrong.
 */
export function readStackConfig(env: Environment, gateway: Readonly<Record<string, unknown>> = {}): StackConfig {
  const foreign = Object.keys(env).filter((name) => /_(DATABASE|REPLICA)_URL$/.test(name));
  if (foreign.length > 0)
    throw new ConfigError(foreign.map((name) => `${name} is set, but an embedded stack brings its own databases`));
  const config = readConfigs({ ...parts, gateway: { ...parts.gateway, given: gateway } }, env);
  if (config.gateway.issuer !== config.users.tokenIssuer || config.gateway.audience !== config.users.tokenAudience)
    throw new ConfigError([
      'GATEWAY_ISSUER and GATEWAY_AUDIENCE differ from USERS_TOKEN_ISSUER and USERS_TOKEN_AUDIENCE',
    ]);
  return config;
}
