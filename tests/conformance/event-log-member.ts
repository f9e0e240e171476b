import { once } from 'node:events';
import { type EventLogAddress, openAt } from './event-log-open.ts';
import { numberOf } from './event-log-records.ts';

/**
 * A member of a group in a process of its own, to be paused and killed. It prints the number of each record that it has handled,
 * and stays in the batch that holds `hangAt` until a line comes in; then it stops in order.
 */
const { address, group, topic, maxBatch, hangAt } = JSON.parse(process.argv[2] ?? '') as {
  address: EventLogAddress;
  group: string;
  topic: string;
  maxBatch: number;
  hangAt: number;
};

const say = (line: string) => void process.stdout.write(`${line}\n`);
const { log, close } = await openAt(address);
const goes = once(process.stdin, 'data');
const subscription = await log.subscribe({
  group,
  topics: [topic],
  maxBatch,
  async handle(batch) {
    if (batch.some((one) => numberOf(one) === hangAt)) {
      say('hangs');
      await goes;
    }
    for (const one of batch) say(String(numberOf(one)));
  },
});
await goes;
await subscription.stop();
say('stopped');
await close();
process.exit();
