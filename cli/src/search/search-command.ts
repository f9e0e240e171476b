import { Command } from 'commander';
import { withPlace, type Place } from '../place-options.ts';
import { runOnCommunity } from '../run-on-stack.ts';
import { rebuildSearch } from './rebuild-search.ts';

/** `search rebuild`. */
export function searchCommand(): Command {
  const rebuild = withPlace(
    new Command('rebuild').description(
      'Makes the search indexes anew from the facts, while people search and post. Cut short, it is run again.',
    ),
  ).action((place: Place) =>
    runOnCommunity(place, async ({ stack, ...operation }) => {
      process.stdout.write(`${await rebuildSearch(stack, operation)}\n`);
    }),
  );
  return new Command('search').description('Looks after the search indexes.').addCommand(rebuild);
}
