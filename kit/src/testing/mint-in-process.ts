import { setImmediate as turn } from 'node:timers/promises';
import { createMinter } from '../ids/minter.ts';
import { leaseNode } from '../ids/node-lease.ts';
import { createPool } from '../postgres/pool.ts';

/** A process that mints ids under the only node there is as fast as it may, and says each, until it is killed. */
const [url = '', ttlMs = ''] = process.argv.slice(2);
const pool = createPool({ url, name: 'minting', max: 2 });
const lease = await leaseNode(pool, { nodes: 1, holder: 'a process', ttlMs: Number(ttlMs) });
const minter = createMinter({
  lease,
  layout: { nodes: 1, perMillisecond: 1, compose: ({ atMs, node, sequence }) => `${node}.${atMs}.${sequence}` },
});
for (;;) {
  try {
    process.stdout.write(`${minter.mint()}\n`);
  } catch {
    // Without a lease, or a millisecond in which the next id may be.
  }
  await turn();
}
