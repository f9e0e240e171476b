import { createRelay } from '../outbox/relay.ts';
import { createPool } from '../postgres/pool.ts';

/**
 * A process that relays the outbox of a database until it is killed; what it publishes goes into the table `journal`. Says
 * `working` when it is the one that works.
 */
const [url = '', name = '', leaseMs = ''] = process.argv.slice(2);
const pool = createPool({ url, name });
const journal = createPool({ url, name: `${name}-journal`, max: 1 });
const relay = createRelay({
  source: { name, pool, onCommit: () => () => {} },
  log: {
    async publish(records) {
      for (const { key } of records)
        await journal.query('INSERT INTO journal (key, name) VALUES ($1, $2)', [key, name]);
      return [];
    },
  },
  logger: { info: () => {}, warn: () => {} },
  leaseMs: Number(leaseMs),
  pollMs: 20,
});
relay.start();
let wasWorking = false;
setInterval(() => {
  if (relay.isWorking() && !wasWorking) process.stdout.write('working\n');
  wasWorking = relay.isWorking();
}, 10);
