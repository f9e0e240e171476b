import { type KafkaConfig, type LogEntry, logLevel } from 'kafkajs';
import type { Logger } from '../../logger.ts';

/**
 * What kafkajs tells as errors or warnings although it is how groups and coordinators go about their day, or is told once by
 * whoever waits for the answer.
 */
const ROUTINE =
  /connection error|connection timeout|failed to connect|coordinator is loading|coordinator is not aware of this member|group is rebalancing|rejoin is needed|not the (correct )?coordinator|Limiting retries for the idempotent producer|member id before actually entering|leader election|no leader for this topic-partition/i;

/**
 * kafkajs' log lines in ours, a level lower than it has them: it retries most of what it calls an error. What ends beyond
 * retry comes as a rejection or a crash, and is told by whoever gets that.
 */
export function kafkaLogging(logger: Logger): Required<Pick<KafkaConfig, 'logLevel' | 'logCreator'>> {
  const isVerbose = logger.isLevelEnabled('trace');
  return { logLevel: isVerbose ? logLevel.DEBUG : logLevel.INFO, logCreator: () => (entry) => write(logger, entry) };
}

function write(logger: Logger, { namespace, level, log: { message, timestamp: _, logger: __, ...rest } }: LogEntry) {
  const { error, stack: ___, ...facts } = rest as Record<string, unknown>;
  const reason = typeof error === 'string' ? error : error instanceof Error ? error.message : undefined;
  const fields = { kafka: namespace, ...facts, ...(reason === undefined ? {} : { reason }) };
  logger[levelOf(level, `${message} ${reason ?? ''}`)](fields, message);
}

function levelOf(level: logLevel, text: string): 'warn' | 'debug' | 'trace' {
  if (level === logLevel.DEBUG) return 'trace';
  if (level === logLevel.INFO || ROUTINE.test(text)) return 'debug';
  return 'warn';
}
