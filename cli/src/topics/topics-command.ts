import { Command, Option } from 'commander';
import { readConfigs } from '@starling/kit/config/read-config.ts';
import { createKafkaEventLog } from '@starling/kit/event-log/kafka.ts';
import type { EventLog } from '@starling/kit/event-log/port.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { kafkaConfig } from '@starling/kit/servers/config.ts';
import { SERVERS_FOLDER, readServers } from '@starling/stack/servers/servers-folder.ts';
import { topics } from '@starling/worker/topics.ts';
import { checkTopics } from './check-topics.ts';

/**
 * `topics ensure` and `topics check`: before any process runs, with nothing but Kafka. In a data folder there is nothing to look
 * after: its log makes its topics itself, and nobody else reaches them.
 */
export function topicsCommand(): Command {
  return new Command('topics')
    .description(
      'Looks after the topics on Kafka: of the servers in a folder, or of those that KAFKA_BROKERS and its like name.',
    )
    .addCommand(ensure())
    .addCommand(check());
}

type Flags = { servers: string; namespace: string };

function ensure(): Command {
  return withKafka(new Command('ensure'))
    .description(
      'Creates topics that are missing. Refuses those whose partitions or settings are not as they should be.',
    )
    .option('--settings', 'also sets retention and clean-up right where they differ', false)
    .action((flags: Flags & { settings: boolean }) =>
      onKafka(flags, async (log) => {
        await log.ensureTopics(topics, { setSettings: flags.settings });
        await tellWhatIsWrong(log);
      }),
    );
}

function check(): Command {
  return withKafka(new Command('check'))
    .description('Compares topics with what they should be, and changes nothing. Exits with 1 if one differs.')
    .action((flags: Flags) => onKafka(flags, tellWhatIsWrong));
}

function withKafka(command: Command): Command {
  return command
    .addOption(
      new Option('--servers [folder]', 'folder of the servers, unless the environment names others')
        .preset(SERVERS_FOLDER)
        .default(SERVERS_FOLDER),
    )
    .option('--namespace <name>', 'of the installation', process.env['STARLING_NAMESPACE'] || 'starling');
}

async function onKafka({ servers, namespace }: Flags, work: (log: EventLog) => Promise<void>): Promise<void> {
  const env = process.env['KAFKA_BROKERS'] ? process.env : await readServers(servers);
  const { kafka } = readConfigs({ kafka: { prefix: 'KAFKA', schema: kafkaConfig } }, env);
  const logger = createLogger({ name: 'starling', level: process.env['LOG_LEVEL'] ?? 'error' });
  const log = await createKafkaEventLog({ ...kafka, namespace, clientId: `operator-${process.pid}`, logger });
  try {
    await work(log);
  } finally {
    await log.close();
  }
}

async function tellWhatIsWrong(log: EventLog): Promise<void> {
  const { lines, isGood } = await checkTopics(log, topics);
  process.stdout.write(`${lines.join('\n')}\n`);
  if (!isGood) process.exitCode = 1;
}
