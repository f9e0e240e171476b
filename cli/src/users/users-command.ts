import { Command } from 'commander';
import { withPlace, type Place } from '../place-options.ts';
import { runOnCommunity } from '../run-on-stack.ts';
import { changeUser } from './change-user.ts';

/** `users suspend` and `users unsuspend`. */
export function usersCommand(): Command {
  return new Command('users')
    .description('Hides people who must not be seen, and shows them again.')
    .addCommand(step('suspend', 'Hides somebody, and all they posted, from everybody else. They may still log in.'))
    .addCommand(step('unsuspend', 'Ends it: shows somebody again, unless they had hidden themselves.'));
}

function step(name: 'suspend' | 'unsuspend', description: string): Command {
  return withPlace(new Command(name).description(description).argument('<handle>', 'whom')).action(
    (handle: string, place: Place) =>
      runOnCommunity(place, async ({ stack }) => {
        process.stdout.write(`${await changeUser(stack, name, handle)}\n`);
      }),
  );
}
