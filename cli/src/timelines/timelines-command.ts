import { Command } from 'commander';
import { withPlace, type Place } from '../place-options.ts';
import { runOnCommunity } from '../run-on-stack.ts';
import { auditTimelines } from './audit-timelines.ts';
import { describeCheck } from './check-timelines.ts';
import { rebuildTimelines } from './rebuild-timelines.ts';

type Flags = Place & { user?: string };

/** `timelines audit`: whether the home timelines are what they must be; `timelines rebuild`. */
export function timelinesCommand(): Command {
  const audit = withPlace(new Command('audit'))
    .description('Compares home timelines with their definition, by brute force. Exits with 1 if one differs.')
    .option('-u, --user <handle>', 'only this person’s; else those of everybody with an active account')
    .action(({ user, ...place }: Flags) =>
      runOnCommunity(place, async ({ stack, ...operation }) => {
        const result = await auditTimelines(stack, { handle: user ?? null, ...operation });
        process.stdout.write(`${describeCheck(result).join('\n')}\n`);
        if (result.mismatches.length > 0) process.exitCode = 1;
      }),
    );
  const rebuild = withPlace(new Command('rebuild'))
    .description('Forgets materialised home timelines, beside live traffic: each is built anew when it is next read.')
    .option('-u, --user <handle>', 'only this person’s; else everybody’s')
    .action(({ user, ...place }: Flags) =>
      runOnCommunity(place, async ({ stack }) => {
        process.stdout.write(`${await rebuildTimelines(stack, { handle: user ?? null })}\n`);
      }),
    );
  return new Command('timelines').description('Looks after home timelines.').addCommand(audit).addCommand(rebuild);
}
