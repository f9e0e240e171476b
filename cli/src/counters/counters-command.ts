import { Command } from 'commander';
import { withPlace, type Place } from '../place-options.ts';
import { runOnCommunity } from '../run-on-stack.ts';
import { reconcileCounters } from './reconcile-counters.ts';

/** `counters reconcile`. */
export function countersCommand(): Command {
  const reconcile = withPlace(
    new Command('reconcile').description('Recounts every counter from its rows, and repairs those that are wrong.'),
  ).action((place: Place) =>
    runOnCommunity(place, async ({ stack, ...operation }) => {
      const lines = await reconcileCounters(stack, operation);
      process.stdout.write(`${lines.join('\n')}\n`);
    }),
  );
  return new Command('counters').description('Looks after the counters of people and tweets.').addCommand(reconcile);
}
