import { stringify } from 'yaml';
import { CONTAINER_PORTS, portsAt, SUBGRAPH_NAMES } from '../ports.ts';

const HEAD = '# Written by infra/src/monitoring/scrape.ts; `npm run generate:monitoring` renews it.\n';
const folder = new URL('../../prometheus/', import.meta.url);

export const ALERTS_FILE = new URL('alerts.yml', folder);

/** One where all processes run on this machine, one where they are reached by their names, as in containers. */
export const SCRAPE_FILES = [
  { file: new URL('prometheus.yml', folder), jobs: jobsOnOneMachine },
  { file: new URL('prometheus.names.yml', folder), jobs: jobsByName },
] as const;

type Job<Where = object> = { name: string; where: Where };
type ByName = { dns_sd_configs: { names: string[]; type: 'A'; port: number; refresh_interval: string }[] };

export function renderScrapes(jobs: readonly Job[]): string {
  const config = {
    global: { scrape_interval: '15s', scrape_timeout: '10s', evaluation_interval: '15s' },
    rule_files: ['alerts.yml'],
    scrape_configs: jobs.map(({ name, where }) => ({ job_name: name, ...where })),
  };
  return HEAD + stringify(config, { lineWidth: 0 });
}

/** Slots that nobody serves are just down. */
export function jobsOnOneMachine(host = '127.0.0.1'): Job[] {
  const { gateway, subgraphs, workers, haproxy } = portsAt();
  const job = (name: string, ports: readonly number[]): Job => ({
    name,
    where: { static_configs: [{ targets: ports.map((port) => `${host}:${port}`) }] },
  });
  return [
    job(
      'gateway',
      gateway.map(({ internal }) => internal),
    ),
    ...SUBGRAPH_NAMES.map((name) =>
      job(
        name,
        subgraphs[name].map(({ http }) => http),
      ),
    ),
    job('worker', workers),
    job('haproxy', [haproxy.stats]),
  ];
}

/** Every address that a name has is a process. */
export function jobsByName(): Job<ByName>[] {
  const job = (name: string, port: number): Job<ByName> => ({
    name,
    where: { dns_sd_configs: [{ names: [name], type: 'A', port, refresh_interval: '15s' }] },
  });
  return [
    ...['gateway', ...SUBGRAPH_NAMES, 'worker'].map((name) => job(name, CONTAINER_PORTS.http)),
    // The balancer of our containers is called what it is for.
    { ...job('door', CONTAINER_PORTS.stats), name: 'haproxy' },
  ];
}
