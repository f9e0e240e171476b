import { Command, InvalidArgumentError } from 'commander';
import { withPlace, type Place } from '../place-options.ts';
import { runOnCommunity } from '../run-on-stack.ts';
import { auditTimelines } from './audit-timelines.ts';
import { describeCheck } from './check-timelines.ts';
import { NOTHING_TO_REBUILD, rebuildTimelines } from './rebuild-timelines.ts';

type Flags = Place & { user?: string };
type AuditFlags = Flags & { grace: number };

const MINUTE_MS = 60_000;

/** `timelines audit`: whether the home timelines are what they must be; `timelines rebuild`. */
export function timelinesCommand(): Command {
  const audit = withPlace(new Command('audit'))
    .description(
      'Compares home timelines with their definition, by brute force. Exits with 1 if one differs. On servers people may go on ' +
        'posting: only what is older than some minutes is compared, and what differs is looked at again first. Each timeline is ' +
        'read whole, from its people’s first tweet on: that takes some hundred bytes of memory for each entry of the longest ' +
        'one, and 20 for each person.',
    )
    .option('-u, --user <handle>', 'only this person’s; else those of everybody with an active account')
    .option('--grace <minutes>', 'with --servers: what was posted in the last minutes is left out', minutes, 5)
    .action(({ user, grace, ...place }: AuditFlags) =>
      runOnCommunity(place, async ({ stack, ...operation }) => {
        const graceMs = place.servers === undefined ? null : grace * MINUTE_MS;
        const result = await auditTimelines(stack, { handle: user ?? null, graceMs, ...operation });
        process.stdout.write(`${describeCheck(result).join('\n')}\n`);
        if (result.mismatches.length > 0) process.exitCode = 1;
      }),
    );
  const rebuild = withPlace(new Command('rebuild'))
    .description(
      'With --servers: forgets materialised home timelines, beside live traffic; each is built anew when it is next read. Cut short, ' +
        'it has forgotten all of them, and removed some. In a data folder they are built anew at each start anyway.',
    )
    .option('-u, --user <handle>', 'only this person’s; else everybody’s')
    .action(async ({ user, ...place }: Flags) => {
      if (place.servers === undefined) return void process.stdout.write(`${NOTHING_TO_REBUILD}\n`);
      await runOnCommunity(place, async ({ stack, ...operation }) => {
        process.stdout.write(`${await rebuildTimelines(stack, { handle: user ?? null, ...operation })}\n`);
      });
    });
  return new Command('timelines').description('Looks after home timelines.').addCommand(audit).addCommand(rebuild);
}

function minutes(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0 || text.trim() === '')
    throw new InvalidArgumentError('Expected a number of minutes, 0 or more.');
  return number;
}
