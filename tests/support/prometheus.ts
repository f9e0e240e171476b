import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';

/** Whether this machine has Prometheus and its tool. */
export const hasPrometheus = ['prometheus', 'promtool'].every((name) => spawnSync(name, ['--version']).status === 0);

export type Series = { metric: Record<string, string>; value: [number, string] };

export type Prometheus = {
  /** Answers a query; rejects with what Prometheus says is wrong with it. */
  query(expr: string): Promise<Series[]>;
  /** Any other path of its HTTP API: `rules`, `targets/metadata`. */
  ask<Data>(path: string): Promise<Data>;
  stop(): Promise<void>;
};

export type PrometheusOptions = {
  /** `host:port` of /metrics, by job. */
  targets: Readonly<Record<string, readonly string[]>>;
  /** File of rules. */
  rules: string;
};

const START_MS = 30_000;

/** A real Prometheus on a folder of its own, which asks and judges every second. */
export async function startPrometheus({ targets, rules }: PrometheusOptions): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'starling-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  const jobs = Object.entries(targets).map(([job_name, addresses]) => ({
    job_name,
    static_configs: [{ targets: addresses }],
  }));
  const every = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  await writeFile(config, stringify({ global: every, rule_files: [rules], scrape_configs: jobs }));
  const address = `127.0.0.1:${await freePort()}`;
  const parameters = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=${address}`,
  ];
  const child = spawn('prometheus', [...parameters, '--log.level=warn'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');

  async function ask<Data>(path: string): Promise<Data> {
    const response = await fetch(`http://${address}/api/v1/${path}`);
    const { status, data, error } = (await response.json()) as { status: string; data: Data; error?: string };
    if (status !== 'success') throw new Error(`Prometheus says of ${path}: ${error}`);
    return data;
  }
  const prometheus: Prometheus = {
    ask,
    query: async (expr) => (await ask<{ result: Series[] }>(`query?query=${encodeURIComponent(expr)}`)).result,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
  await untilReady(address, child).catch(async (error: unknown) => {
    await prometheus.stop();
    throw error;
  });
  return prometheus;
}

async function untilReady(address: string, child: { exitCode: number | null }): Promise<void> {
  const latest = performance.now() + START_MS;
  for (;;) {
    const isReady = await fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    if (child.exitCode !== null) throw new Error(`Prometheus ended with code ${child.exitCode}`);
    if (performance.now() > latest) throw new Error('Prometheus does not become ready');
    await delay(50);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
