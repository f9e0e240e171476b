import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkKafka } from '../../health/kafka.ts';
import { ServersError } from '../../servers-error.ts';
import { own } from '../account.ts';
import { fetchKafka } from '../downloads.ts';
import type { Instance } from '../instance.ts';
import type { Engine, Installation } from '../installation.ts';
import { findJava } from '../java.ts';
import { requireTool } from '../prerequisites.ts';
import { runProgram } from '../run-program.ts';

/** Brokers that are their own controllers: one, or three. */
export function kafkaEngine(installation: Installation): Engine {
  const { ports, brokers } = installation;
  const members = Array.from({ length: brokers }, (_, index) => brokerInstance(installation, index));
  const addresses = ports.kafka.slice(0, brokers).map((port) => `127.0.0.1:${port}`);
  return {
    name: 'kafka',
    prerequisites: [() => findJava('kafka'), () => requireTool('mvn', 'maven')],
    instances: members,
    check: () => checkKafka(addresses),
    async up(ensure) {
      await chooseClusterId(installation);
      await Promise.all(members.map(ensure));
    },
  };
}

function brokerInstance(installation: Installation, index: number): Instance {
  const { ports, brokers, downloads, onBytes } = installation;
  const port = ports.kafka[index] ?? 0;
  return {
    name: `kafka-${index + 1}`,
    port,
    stopSignal: 'SIGTERM',
    check: () => checkKafka([`127.0.0.1:${port}`], brokers),
    async prepare({ folder, data, account }) {
      const clusterId = (await readCluster(installation.root))?.id ?? '';
      const java = join(await findJava('kafka'), 'bin/java');
      const libraries = join(await fetchKafka(downloads, onBytes), 'libs/*');
      const properties = join(folder, 'server.properties');
      const logging = join(folder, 'log4j2.properties');
      await writeFile(properties, brokerProperties(installation, index, data));
      await writeFile(logging, LOGGING);
      await own(account, properties, logging);
      const flags = [`-Dlog4j2.configurationFile=${logging}`, '-cp', libraries];
      const env = { LANG: 'C.UTF-8' };
      // In one word: an id may begin with a hyphen.
      const id = `--cluster-id=${clusterId}`;
      const format = ['kafka.tools.StorageTool', 'format', id, '-c', properties, '--ignore-formatted'];
      if (!(await isFormatted(data))) await runProgram(java, [...TOOL_FLAGS, ...flags, ...format], { account, env });
      return { command: [java, ...HEAP_FLAGS, ...flags, 'kafka.Kafka', properties], env };
    },
  };
}

/** What Kafka writes last when it formats a folder. */
async function isFormatted(data: string): Promise<boolean> {
  return readFile(join(data, 'meta.properties')).then(
    () => true,
    () => false,
  );
}

const TOOL_FLAGS = ['-Xmx128m', '-XX:TieredStopAtLevel=1'];
const HEAP_FLAGS = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

function brokerProperties({ ports, brokers }: Installation, index: number, data: string): string {
  const copies = brokers;
  const voters = ports.kafkaControllers.slice(0, brokers).map((port, other) => `${other + 1}@127.0.0.1:${port}`);
  return toProperties({
    'process.roles': 'broker,controller',
    'node.id': index + 1,
    'controller.quorum.voters': voters.join(','),
    listeners: `PLAINTEXT://127.0.0.1:${ports.kafka[index] ?? 0},CONTROLLER://127.0.0.1:${ports.kafkaControllers[index] ?? 0}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.kafka[index] ?? 0}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': Math.max(1, copies - 1),
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': Math.max(1, copies - 1),
    'group.initial.rebalance.delay.ms': 0,
    // A broker that was killed is noticed soon, so that others lead its partitions.
    'broker.session.timeout.ms': 6000,
    'num.network.threads': 2,
    'num.io.threads': 4,
  });
}

const LOGGING = toProperties({
  'appender.stdout.type': 'Console',
  'appender.stdout.name': 'stdout',
  'appender.stdout.layout.type': 'PatternLayout',
  'appender.stdout.layout.pattern': '%d{ISO8601} %p %m (%c)%n',
  'rootLogger.level': 'INFO',
  'rootLogger.appenderRef.stdout.ref': 'stdout',
});

function toProperties(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** All brokers of a cluster carry its id; made at the first start. How many voters it has is fixed with it. */
async function chooseClusterId({ root, brokers }: Installation): Promise<void> {
  const file = clusterFile(root);
  const known = await readCluster(root);
  if (known === null) {
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify({ id, brokers }));
    await rename(`${file}.new`, file);
  } else if (known.brokers !== brokers) {
    throw new ServersError(
      `Kafka was set up here with --brokers ${known.brokers}, which its data remember. Ask for as many, or wipe them by \`npm run servers -- reset\`.`,
    );
  }
}

async function readCluster(root: string): Promise<{ id: string; brokers: number } | null> {
  const text = await readFile(clusterFile(root), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as { id: string; brokers: number });
}

function clusterFile(root: string): string {
  return join(root, 'engines', 'kafka-cluster.json');
}
