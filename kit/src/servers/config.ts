import { z } from 'zod';
import { secret } from '../config/secret.ts';

const DEFAULT_HTTP_PORT = 4001;
const DEFAULT_RPC_PORT = 4002;
/** HMAC-SHA256 is as strong as its key: 256 bits. */
const MIN_SIGNING_KEY_LENGTH = 32;

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const flag = () =>
  z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true');
const list = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
const addresses = () =>
  z
    .string()
    .transform(list)
    .refine((items) => items.length > 0 && items.every((item) => /^[^\s:]+:\d{1,5}$/.test(item)), {
      message: 'must be host:port, several of them separated by commas',
    });

/** What every process that is not the whole stack can be told; environment names are STARLING_ and the key. */
export const processConfig = z.object({
  /** Prefix of topics, consumer groups, keys, channels and indexes: several installations may share servers. */
  namespace: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and hyphens, 40 at most, a letter first')
    .default('starling'),
  /** Secrets that calls between processes are signed with: the first one signs, all of them verify. */
  signingKeys: secret()
    .transform(list)
    .refine((keys) => keys.length > 0 && keys.every((key) => key.length >= MIN_SIGNING_KEY_LENGTH), {
      message: `must be secrets of ${MIN_SIGNING_KEY_LENGTH} characters or more, separated by commas`,
    }),
  host: z.string().default('127.0.0.1'),
  /** GraphQL of a subgraph, and of every process /livez, /readyz and /metrics. 0 takes a free one. */
  httpPort: port(DEFAULT_HTTP_PORT),
  /** gRPC of a subgraph that answers other services. */
  rpcPort: port(DEFAULT_RPC_PORT),
  /** Time for running work to end at a stop. */
  stopDeadlineMs: z.coerce.number().int().positive().default(20_000),
  /** A process that stops is not ready for so long before it takes no more: balancers look so often. */
  noticeMs: z.coerce.number().int().nonnegative().default(2_000),
});
export type ProcessConfig = z.infer<typeof processConfig>;

/** KAFKA_… */
export const kafkaConfig = z.object({
  brokers: addresses(),
  username: z.string().optional(),
  password: secret().optional(),
  /** How the password is told. */
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('scram-sha-512'),
  ssl: flag(),
  /** Copies of each partition; at most one a broker. */
  replicationFactor: z.coerce.number().int().min(1).default(1),
});
export type KafkaConfig = z.infer<typeof kafkaConfig>;

/** REDIS_… */
export const redisConfig = z.object({
  /** The server, or some nodes of a cluster: it tells of the others. */
  nodes: addresses(),
  cluster: flag(),
  username: z.string().optional(),
  password: secret().optional(),
  tls: flag(),
});
export type RedisConfig = z.infer<typeof redisConfig>;

/** ELASTICSEARCH_… */
export const elasticsearchConfig = z.object({
  url: z.url(),
  username: z.string().default('elastic'),
  password: secret().default(''),
});
export type ElasticsearchConfig = z.infer<typeof elasticsearchConfig>;

/** RPC_<SERVICE>: where services answer, as gRPC resolves it; by default the service's name on a closed network. */
export function rpcTargets<Name extends string>(
  names: readonly Name[],
): z.ZodObject<Record<Name, z.ZodDefault<z.ZodString>>> {
  const entries = names.map((name) => [name, z.string().default(`dns:///${name}:${DEFAULT_RPC_PORT}`)] as const);
  return z.object(Object.fromEntries(entries) as Record<Name, z.ZodDefault<z.ZodString>>);
}

/** SUBGRAPH_<NAME>_URL: where subgraphs serve HTTP; by default the subgraph's name on a closed network. */
export function subgraphUrls(names: readonly string[]): z.ZodObject<Record<string, z.ZodDefault<z.ZodURL>>> {
  const entries = names.map((name) => [`${name}Url`, z.url().default(`http://${name}:${DEFAULT_HTTP_PORT}`)] as const);
  return z.object(Object.fromEntries(entries));
}
