import { Command, InvalidArgumentError } from 'commander';
import { withPlace, type Place } from '../place-options.ts';
import { runOnCommunity } from '../run-on-stack.ts';
import { listDeadLetters, replayDeadLetters, showDeadLetter } from './dead-letters.ts';

/** `dlq list`, `dlq show` and `dlq replay`. */
export function dlqCommand(): Command {
  return new Command('dlq')
    .description('Looks after dead letters: events that a consumer could not handle.')
    .addCommand(list())
    .addCommand(show())
    .addCommand(replay());
}

type ListFlags = Place & { topic?: string; all: boolean };

function list(): Command {
  return withPlace(new Command('list'))
    .description('Lists the dead letters that wait: topic, partition, offset, when, for whom and why.')
    .option('-t, --topic <topic>', 'only those of this topic')
    .option('-a, --all', 'also those that were replayed or erased', false)
    .action(({ topic, all, ...at }: ListFlags) =>
      runOnCommunity(at, async ({ stack }) =>
        print(await listDeadLetters(stack.operators.deadLetters, { topic: topic ?? null, all })),
      ),
    );
}

function show(): Command {
  return withPlace(new Command('show'))
    .description('Shows one dead letter whole, as JSON.')
    .argument('<topic>', 'as `dlq list` names it')
    .argument('<partition>', 'likewise', partitionNumber)
    .argument('<offset>', 'likewise', offsetNumber)
    .action((topic: string, partition: number, offset: bigint, at: Place) =>
      runOnCommunity(at, async ({ stack }) =>
        print([await showDeadLetter(stack.operators.deadLetters, topic, { partition, offset })]),
      ),
    );
}

type ReplayFlags = Place & { partition?: number; offset?: bigint };

function replay(): Command {
  return withPlace(new Command('replay'))
    .description(
      'Publishes dead letters to their topic again, each once only; consumers drop what they have applied before. Exits with 1 if one dies again.',
    )
    .argument('<topic>', 'whose dead letters')
    .option('-p, --partition <number>', 'with --offset: only the one there', partitionNumber)
    .option('-o, --offset <number>', 'with --partition: only the one there', offsetNumber)
    .action(async (topic: string, { partition, offset, ...at }: ReplayFlags, command: Command) => {
      if ((partition === undefined) !== (offset === undefined))
        command.error('error: --partition and --offset go together: they name one dead letter');
      const place = partition === undefined || offset === undefined ? null : { partition, offset };
      await runOnCommunity(at, async ({ stack, ...operation }) => {
        const { replayed, diedAgain } = await replayDeadLetters(stack, { topic, place, ...operation });
        print([
          replayed === 0
            ? 'Nothing waits to be replayed.'
            : `Replayed ${replayed} dead letters; ${diedAgain} died again.`,
        ]);
        if (diedAgain > 0) process.exitCode = 1;
      });
    });
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function partitionNumber(text: string): number {
  return Number(offsetNumber(text));
}

function offsetNumber(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('Expected a whole number, 0 or more.');
  return BigInt(text);
}
