import { redisErrors, redisSeconds } from './metrics.ts';
import { isMeasuring, secondsSince } from './registry.ts';
import { endSpan, startLeafSpan } from './tracing.ts';

/** What every client of Redis does with every command, scripts and pipelines included. */
type Sender = { sendCommand(command: Command, ...more: never[]): unknown };
type Command = { name: string; promise: Promise<unknown> };

/** Times, counts and traces each command of a client. Keys and values are told to nobody. */
export function observeCommands(client: Sender): void {
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, ...more) => {
    if (isMeasuring()) observe(command);
    return send(command, ...more);
  };
}

function observe({ name: command, promise }: Command): void {
  const span = startLeafSpan(command.toUpperCase(), { 'db.system.name': 'redis' });
  const began = performance.now();
  const end = () => redisSeconds.observe({ command }, secondsSince(began));
  promise.then(
    () => {
      end();
      if (span) endSpan(span);
    },
    (error: unknown) => {
      end();
      redisErrors.inc({ command });
      if (span) endSpan(span, { error });
    },
  );
}
