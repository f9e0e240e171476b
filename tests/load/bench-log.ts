import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { dropNamespace } from '../conformance/event-log-kafka-namespace.ts';
import { findServers } from '../support/servers.ts';
import { openBareKafka } from './log/bare-kafka.ts';
import { measureLatency } from './log/latency.ts';
import { type Bench, TOPIC, consumePath, publishPath } from './log/log-paths.ts';
import { runRounds, table } from './paths/rounds.ts';

const HELP = `npm run bench:log -- [options]

Measures the event log on Kafka beside kafkajs with nothing around it, in one run, on the servers that are up:
  publish   records a second, a thousand a batch, acknowledged by all replicas
  consume   records a second, all of a topic, by a new group
  latency   milliseconds from publish to handler, one record every few milliseconds

Only the ratios tell something, and only within one run.

  --rounds <n>    rounds, each measuring everything once; medians are shown (5)
  --records <n>   records a round (50000)
  --help          this text
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    records: { type: 'string', default: '50000' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const servers = await findServers('kafka');
  if (servers === null) throw new Error('There is no Kafka. Bring the servers up first: npm run servers -- up');
  const { brokers } = servers.kafka;
  const namespace = `bench-${randomUUID().slice(0, 8)}`;
  const logger = createLogger({ name: 'bench', level: 'error' });
  const log = await createKafkaEventLog({ brokers, namespace, clientId: 'bench', logger });
  const bare = await openBareKafka(brokers, TOPIC.partitions);
  const bench: Bench = { log, bare, namespace, records: Number(values.records) };
  try {
    await log.ensureTopics([TOPIC]);
    const tell = (text: string) => void process.stderr.write(`${text}\n`);
    const results = await runRounds([publishPath(bench), await consumePath(bench)], Number(values.rounds), tell);
    process.stdout.write(table(results));
    for (const { path, oursPerSecond, baselinePerSecond } of results)
      process.stdout.write(`${path}: ${Math.round(oursPerSecond)}/s beside ${Math.round(baselinePerSecond)}/s\n`);
    const { ours, theirs } = await measureLatency(bench, 500);
    process.stdout.write(
      `latency p50 ${ms(ours.p50)} beside ${ms(theirs.p50)}, p99 ${ms(ours.p99)} beside ${ms(theirs.p99)}\n`,
    );
  } finally {
    await bare.close();
    await log.close();
    await dropNamespace(brokers, namespace);
  }
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
