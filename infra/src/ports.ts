/** Who listens where on one machine: the one place that says it. */

export const SUBGRAPH_NAMES = ['users', 'graph', 'tweets', 'timeline', 'search'] as const;
export type SubgraphName = (typeof SUBGRAPH_NAMES)[number];

/** Processes of one kind that HAProxy looks for; slots that nobody serves are just down. */
export const SLOTS = 4;

export type Ports = {
  postgres: number;
  postgresReplica: number;
  redis: number;
  redisCluster: readonly number[];
  /** Where its nodes talk to each other. */
  redisClusterBus: readonly number[];
  /** By broker. */
  kafka: readonly number[];
  kafkaControllers: readonly number[];
  elasticsearch: number;
  elasticsearchTransport: number;
  haproxy: HaproxyPorts;
  /** By slot; `internal` has the health checks and metrics. */
  gateway: readonly { public: number; internal: number }[];
  subgraphs: Readonly<Record<SubgraphName, readonly { http: number; rpc: number }[]>>;
  workers: readonly number[];
};

export type HaproxyPorts = {
  /** The public one: HTTP and WebSocket, to the gateways. */
  door: number;
  fronts: Readonly<Record<SubgraphName, number>>;
  /** A page for people at /, figures at /metrics. */
  stats: number;
};

/** Inside a container, where nothing collides: the gateway's door, every process's HTTP and gRPC, HAProxy's figures. */
export const CONTAINER_PORTS = { door: 4000, http: 4001, rpc: 4002, stats: 4090 } as const;

/**
 * All ports, each moved up by the offset. Installations whose offsets differ by a multiple of 500 do not collide, and up
 * to 13,000 none has a port that the system gives to outgoing connections (Linux: from 32,768).
 */
export function portsAt(offset = 0): Ports {
  if (!Number.isInteger(offset) || offset < 0 || offset > 30_000)
    throw new RangeError(`A port offset is a whole number from 0 to 30000, not ${offset}.`);
  const ports = movedBy(offset);
  const unsafe = portNumbers(ports).find((port) => UNSAFE.has(port));
  if (unsafe !== undefined)
    throw new RangeError(`Browsers open nothing on port ${unsafe}, so the port offset cannot be ${offset}.`);
  return ports;
}

/** Every port there is, in no order. */
export function portNumbers(ports: Ports): number[] {
  const collect = (value: unknown): number[] =>
    typeof value === 'number' ? [value] : Object.values(value as object).flatMap(collect);
  return collect(ports);
}

/** The "bad ports" of the fetch standard from 4000 on: browsers refuse them, and so does Node's fetch. */
const UNSAFE: ReadonlySet<number> = new Set([
  4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080,
]);

function movedBy(offset: number): Ports {
  const range = (start: number, count: number) => Array.from({ length: count }, (_, index) => offset + start + index);
  const bySubgraph = <T>(value: (index: number) => T) =>
    Object.fromEntries(SUBGRAPH_NAMES.map((name, index) => [name, value(index)])) as Record<SubgraphName, T>;
  const slots = Array.from({ length: SLOTS }, (_, slot) => slot);
  return {
    postgres: offset + 15_432,
    postgresReplica: offset + 15_433,
    redis: offset + 16_379,
    redisCluster: range(17_000, 6),
    // By itself Redis takes 10,000 above its port, where the system gives ports away.
    redisClusterBus: range(17_100, 6),
    kafka: range(19_092, 3),
    kafkaControllers: range(19_095, 3),
    elasticsearch: offset + 19_200,
    elasticsearchTransport: offset + 19_300,
    haproxy: { door: offset + 4000, fronts: bySubgraph((index) => offset + 4001 + index), stats: offset + 4090 },
    gateway: slots.map((slot) => ({ public: offset + 4101 + slot, internal: offset + 4171 + slot })),
    subgraphs: bySubgraph((index) =>
      slots.map((slot) => ({ http: offset + 4111 + 10 * index + slot, rpc: offset + 4211 + 10 * index + slot })),
    ),
    workers: range(4161, SLOTS),
  };
}
