import { Command } from 'commander';
import { dataOption } from '../data-option.ts';
import { runOnCommunity } from '../run-on-stack.ts';
import { changeUser } from './change-user.ts';

/** `users suspend` and `users unsuspend`. */
export function usersCommand(): Command {
  return new Command('users')
    .description('Hides people who must not be seen, and shows them again.')
    .addCommand(step('suspend', 'Hides somebody, and all they posted, from everybody else. They may still log in.'))
    .addCommand(step('unsuspend', 'Shows somebody again who was suspended.'));
}

function step(name: 'suspend' | 'unsuspend', description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<handle>', 'whom')
    .addOption(dataOption())
    .action((handle: string, { data }: { data: string }) =>
      runOnCommunity(data, async ({ stack }) => {
        process.stdout.write(`${await changeUser(stack, name, handle)}\n`);
      }),
    );
}
