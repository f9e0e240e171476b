import type { Environment } from '@starling/kit/config/read-config.ts';
import { SUBGRAPH_NAMES, type Ports, type SubgraphName } from '@starling/infra/ports.ts';

export const KINDS = ['gateway', 'worker', ...SUBGRAPH_NAMES] as const;
export type Kind = (typeof KINDS)[number];

/** One process to run: a name such as `tweets-2`, what it runs, its whole environment, and where it says that it is ready. */
export type ProcessPlan = { name: string; kind: Kind; entry: string; env: Environment; readyUrl: string };

export type Constellation = {
  /** Processes of each kind. */
  counts: Readonly<Record<Kind, number>>;
  /** Slots of each kind; there are at least so many. */
  ports: Pick<Ports, 'gateway' | 'subgraphs' | 'workers'>;
  /** Ports of a balancer before each subgraph; null: gateways ask the first process of each themselves. */
  fronts: Readonly<Record<SubgraphName, number>> | null;
  /** What all of them are told: servers, databases, namespace, signing keys. */
  common: Environment;
  /** What the processes of a kind are told beside it. */
  settings?: Partial<Readonly<Record<Kind, Environment>>>;
};

const HOST = '127.0.0.1';
const ENTRIES: Readonly<Record<Kind, string>> = {
  gateway: 'gateway/src/main.ts',
  worker: 'worker/src/main.ts',
  users: 'subgraphs/users/src/main.ts',
  graph: 'subgraphs/graph/src/main.ts',
  tweets: 'subgraphs/tweets/src/main.ts',
  timeline: 'subgraphs/timeline/src/main.ts',
  search: 'subgraphs/search/src/main.ts',
};
/** The subgraphs that answer other services. */
const ANSWERING = ['users', 'graph', 'tweets'] as const satisfies SubgraphName[];

/** Every process of a constellation on this machine, each told where all others are. */
export function planProcesses(constellation: Constellation): ProcessPlan[] {
  const { counts, common, settings = {} } = constellation;
  const addresses = { ...rpcTargets(constellation), ...subgraphUrls(constellation) };
  return KINDS.flatMap((kind) =>
    Array.from({ length: counts[kind] }, (_, slot) => {
      const own = ownPorts(kind, slot, constellation.ports);
      const env = { ...common, ...addresses, STARLING_HOST: HOST, ...settings[kind], ...own };
      const readyUrl = `http://${HOST}:${own.STARLING_HTTP_PORT}/readyz`;
      return { name: `${kind}-${slot + 1}`, kind, entry: ENTRIES[kind], env, readyUrl };
    }),
  );
}

/** The environment variables that say where each service answers: a client goes round all its processes. */
export function rpcTargets({ counts, ports }: Pick<Constellation, 'counts' | 'ports'>): Record<string, string> {
  const entries = ANSWERING.map((name) => {
    const slots = ports.subgraphs[name].slice(0, counts[name]);
    return [`RPC_${name.toUpperCase()}`, `ipv4:${slots.map(({ rpc }) => `${HOST}:${rpc}`).join(',')}`] as const;
  });
  return Object.fromEntries(entries);
}

export function subgraphUrls({ ports, fronts }: Pick<Constellation, 'ports' | 'fronts'>): Record<string, string> {
  const entries = SUBGRAPH_NAMES.map((name) => {
    const port = fronts?.[name] ?? ports.subgraphs[name][0]?.http;
    return [`SUBGRAPH_${name.toUpperCase()}_URL`, `http://${HOST}:${port}`] as const;
  });
  return Object.fromEntries(entries);
}

function ownPorts(kind: Kind, slot: number, ports: Constellation['ports']) {
  switch (kind) {
    case 'gateway': {
      const { public: door, internal } = ports.gateway[slot] ?? noSlot(kind, slot);
      return { GATEWAY_HOST: HOST, GATEWAY_PORT: String(door), STARLING_HTTP_PORT: String(internal) };
    }
    case 'worker':
      return { STARLING_HTTP_PORT: String(ports.workers[slot] ?? noSlot(kind, slot)) };
    default: {
      const { http, rpc } = ports.subgraphs[kind][slot] ?? noSlot(kind, slot);
      return { STARLING_HTTP_PORT: String(http), STARLING_RPC_PORT: String(rpc) };
    }
  }
}

function noSlot(kind: Kind, slot: number): never {
  throw new RangeError(`There is no port for a ${kind} number ${slot + 1} on this machine.`);
}
