import { Command } from 'commander';
import { dataOption } from '../data-option.ts';
import { runOnCommunity } from '../run-on-stack.ts';
import { reconcileCounters } from './reconcile-counters.ts';

/** `counters reconcile`. */
export function countersCommand(): Command {
  const reconcile = new Command('reconcile')
    .description('Recounts every counter from its rows, and repairs those that are wrong.')
    .addOption(dataOption())
    .action(({ data }: { data: string }) =>
      runOnCommunity(data, async ({ stack, ...operation }) => {
        const lines = await reconcileCounters(stack, operation);
        process.stdout.write(`${lines.join('\n')}\n`);
      }),
    );
  return new Command('counters').description('Looks after the counters of people and tweets.').addCommand(reconcile);
}
