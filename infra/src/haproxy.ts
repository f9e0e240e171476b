import { CONTAINER_PORTS, type Ports, SLOTS, SUBGRAPH_NAMES, portsAt } from './ports.ts';

/**
 * Within this many milliseconds HAProxy sends nothing more to a process whose /readyz answers 503: a process that leaves
 * keeps serving for as long, and then loses nothing.
 */
export const UNREADY_NOTICED_WITHIN_MS = 1000;

/** Where the processes of one kind are to be found. */
export type Pool =
  | { servers: readonly { address: string; checkPort: number }[] }
  /** By DNS, which lists as many as there are. */
  | { name: string; port: number; checkPort: number; most: number };

export type HaproxyPlan = {
  /** The address to listen on. */
  host: string;
  door: { port: number; gateways: Pool };
  fronts: readonly { name: string; port: number; subgraphs: Pool }[];
  statsPort: number;
};

/** For processes of one machine, each in a slot of the ports table. */
export function planOfSlots({ haproxy, gateway, subgraphs }: Ports): HaproxyPlan {
  return {
    host: '127.0.0.1',
    door: {
      port: haproxy.door,
      gateways: { servers: gateway.map((slot) => ({ address: local(slot.public), checkPort: slot.internal })) },
    },
    fronts: SUBGRAPH_NAMES.map((name) => ({
      name,
      port: haproxy.fronts[name],
      subgraphs: { servers: subgraphs[name].map(({ http }) => ({ address: local(http), checkPort: http })) },
    })),
    statsPort: haproxy.stats,
  };
}

/** For containers, found by the names of their services: as many as there are. HAProxy asks for names as they stand: on Kubernetes give them their namespace. */
export function planOfNames(): HaproxyPlan {
  const { door, http, stats } = CONTAINER_PORTS;
  return {
    host: '',
    door: { port: door, gateways: { name: 'gateway', port: door, checkPort: http, most: MOST_BY_NAME } },
    fronts: SUBGRAPH_NAMES.map((name) => ({
      name,
      port: portsAt().haproxy.fronts[name],
      subgraphs: { name, port: http, checkPort: http, most: MOST_BY_NAME },
    })),
    statsPort: stats,
  };
}

const MOST_BY_NAME = 4 * SLOTS;

/** What is committed, and written by `npm run generate:haproxy`. */
export const HAPROXY_FILES: readonly { file: URL; plan: HaproxyPlan }[] = [
  { file: new URL('../haproxy.cfg', import.meta.url), plan: planOfSlots(portsAt()) },
  { file: new URL('../haproxy.names.cfg', import.meta.url), plan: planOfNames() },
];

/** HAProxy's configuration as text. */
export function renderHaproxy({ host, door, fronts, statsPort }: HaproxyPlan): string {
  const isByName = [door.gateways, ...fronts.map(({ subgraphs }) => subgraphs)].some((pool) => 'name' in pool);
  return [
    '# Written by infra/src/haproxy.ts; `npm run generate:haproxy` renews it.',
    ...GLOBAL,
    ...(isByName ? RESOLVERS : []),
    ...section('frontend door', [`bind ${host}:${door.port}`, 'default_backend gateways']),
    // Whoever holds sockets has more to do: the next one goes to the process that has fewest.
    ...section('backend gateways', ['balance leastconn', 'option forwardfor', ...CHECK, ...serverLines(door.gateways)]),
    ...fronts.flatMap(({ name, port, subgraphs }) => [
      ...section(`frontend ${name}`, [`bind ${host}:${port}`, `default_backend subgraph_${name}`]),
      ...section(`backend subgraph_${name}`, ['balance leastconn', ...CHECK, ...serverLines(subgraphs)]),
    ]),
    ...section('frontend stats', [
      `bind ${host}:${statsPort}`,
      'http-request use-service prometheus-exporter if { path /metrics }',
      'stats enable',
      'stats uri /',
      'stats refresh 5s',
    ]),
    '',
  ].join('\n');
}

/** What a GraphQL client reads when no process is there. */
const REFUSAL = JSON.stringify({
  errors: [{ message: 'This part of Starling does not answer at the moment.', extensions: { code: 'UNAVAILABLE' } }],
});

const GLOBAL = [
  ...section('global', ['log stdout format raw local0 notice', 'hard-stop-after 30s']),
  ...section('defaults', [
    'mode http',
    'log global',
    'option dontlognull',
    'option dontlog-normal',
    'timeout connect 1s',
    'timeout client 75s',
    'timeout http-request 10s',
    'timeout http-keep-alive 75s',
    'timeout queue 5s',
    'timeout check 2s',
    '# Longer than any deadline of ours, which answer by themselves.',
    'timeout server 60s',
    '# Sockets live as long as they are pinged.',
    'timeout tunnel 1h',
    '# A request that reached nobody goes to somebody else; one that was sent is never repeated here.',
    'retries 3',
    'retry-on conn-failure',
    'option redispatch 1',
    ...[502, 503, 504].map((status) => `http-error status ${status} content-type application/json string '${REFUSAL}'`),
  ]),
];

/** Names of compose and Kubernetes, whose addresses come and go. */
const RESOLVERS = section('resolvers names', [
  'parse-resolv-conf',
  'hold valid 1s',
  'hold obsolete 1s',
  'hold nx 1s',
  'accepted_payload_size 8192',
]);

const CHECK = [
  'option httpchk GET /readyz',
  'http-check expect status 200',
  // Two refusals in a row, the second asked for soon; a connection that fails counts as one. Who has come back is noticed no later
  // than who leaves at that moment: otherwise nobody would be there for a while.
  'default-server check inter 300ms fastinter 100ms downinter 100ms fall 2 rise 1 observe layer4 error-limit 2 on-error mark-down',
];

function serverLines(pool: Pool): string[] {
  if ('name' in pool) {
    const { name, port, checkPort, most } = pool;
    return [`server-template ${name} ${most} ${name}:${port} port ${checkPort} resolvers names init-addr none`];
  }
  return pool.servers.map(({ address, checkPort }, slot) => `server slot${slot + 1} ${address} port ${checkPort}`);
}

function section(head: string, lines: readonly string[]): string[] {
  return ['', head, ...lines.map((line) => `  ${line}`)];
}

function local(port: number): string {
  return `127.0.0.1:${port}`;
}
