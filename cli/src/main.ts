import { Command } from 'commander';
import { countersCommand } from './counters/counters-command.ts';
import { dlqCommand } from './dlq/dlq-command.ts';
import { importCommand } from './import/import-command.ts';
import { searchCommand } from './search/search-command.ts';
import { timelinesCommand } from './timelines/timelines-command.ts';
import { topicsCommand } from './topics/topics-command.ts';
import { usersCommand } from './users/users-command.ts';

const program = new Command('starling')
  .description(
    'Operates a Starling: one on a data folder, which a command starts and stops; or, with --servers, one that runs.',
  )
  .addCommand(importCommand())
  .addCommand(usersCommand())
  .addCommand(dlqCommand())
  .addCommand(countersCommand())
  .addCommand(searchCommand())
  .addCommand(timelinesCommand())
  .addCommand(topicsCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
