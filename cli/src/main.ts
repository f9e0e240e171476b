import { Command } from 'commander';
import { importCommand } from './import/import-command.ts';

const program = new Command('starling').description('Operates a Starling.').addCommand(importCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
