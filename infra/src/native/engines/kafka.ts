import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkKafka } from '../../health/kafka.ts';
import { ServersError } from '../../servers-error.ts';
import { own } from '../account.ts';
import { fetchKafka } from '../downloads.ts';
import type { Instance } from '../instance.ts';
import { type Engine, type Installation, ensureRunning, prepareFolders } from '../installation.ts';
import { findJava } from '../java.ts';
import { runProgram } from '../run-program.ts';

/** Brokers that are their own controllers: one, or three. */
export async function createKafka(installation: Installation): Promise<Engine> {
  const { ports, brokers, downloads, onBytes } = installation;
  const java = join(await findJava('kafka'), 'bin/java');
  const libraries = join(await fetchKafka(downloads, onBytes), 'libs/*');
  const clusterId = await readClusterId(installation);
  const members = await Promise.all(
    Array.from({ length: brokers }, (_, index) => createBroker(installation, { index, java, libraries, clusterId })),
  );
  const addresses = ports.kafka.slice(0, brokers).map((port) => `127.0.0.1:${port}`);
  const up = async () => {
    await Promise.all(members.map(({ instance, prepare }) => ensureRunning(instance, prepare)));
  };
  return { instances: members.map(({ instance }) => instance), check: () => checkKafka(addresses), up };
}

type BrokerPlan = { index: number; java: string; libraries: string; clusterId: string };

async function createBroker(
  installation: Installation,
  { index, java, libraries, clusterId }: BrokerPlan,
): Promise<{ instance: Instance; prepare: () => Promise<void> }> {
  const { account, ports, brokers } = installation;
  const name = `kafka-${index + 1}`;
  const { folder, data } = await prepareFolders(installation, name);
  const properties = join(folder, 'server.properties');
  const logging = join(folder, 'log4j2.properties');
  const flags = [`-Dlog4j2.configurationFile=${logging}`, '-cp', libraries];
  const env = { LANG: 'C.UTF-8' };
  const instance: Instance = {
    name,
    folder,
    command: [java, ...HEAP_FLAGS, ...flags, 'kafka.Kafka', properties],
    env,
    account,
    stopSignal: 'SIGTERM',
    // A broker registers itself before it opens its port; as many as there are must know each other.
    check: () => checkKafka([`127.0.0.1:${ports.kafka[index] ?? 0}`], brokers),
  };
  const prepare = async () => {
    await writeFile(properties, brokerProperties(installation, index, data));
    await writeFile(logging, LOGGING);
    await own(account, properties, logging);
    const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties, '--ignore-formatted'];
    await runProgram(java, ['-Xmx128m', '-XX:TieredStopAtLevel=1', ...flags, ...format], { account, env });
  };
  return { instance, prepare };
}

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
async function readClusterId({ root, brokers }: Installation): Promise<string> {
  const folder = join(root, 'engines');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'kafka-cluster.json');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) {
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    await writeFile(file, JSON.stringify({ id, brokers }));
    return id;
  }
  const known = JSON.parse(text) as { id: string; brokers: number };
  if (known.brokers === brokers) return known.id;
  throw new ServersError(
    `Kafka was set up here with --brokers ${known.brokers}, which its data remember. Ask for as many, or wipe them by \`npm run servers -- reset\`.`,
  );
}
