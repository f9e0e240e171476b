import { createPool } from '@starling/kit/postgres/pool.ts';
import { expect, test } from 'vitest';
import { eraseAccount } from './erase-account.ts';
import { createAccountWriter } from './store/account-writer.ts';
import { openTestUsers } from './testing/open-test-users.ts';

test('the events of an erased person are found by an index', async () => {
  const users = await openTestUsers();
  const { user } = await users.register('ada');
  // One connection, which knows its prepared statements.
  const one = createPool({ url: users.database.url, name: 'one', max: 1 });
  await one.query('SET enable_seqscan = off');
  const writer = createAccountWriter(one, { now: () => users.clock.ms, commits: { notify() {} } });
  const deps = { writer, accounts: { invalidate: async () => {} }, now: () => users.clock.ms };
  expect(await eraseAccount(deps, user?.id ?? '')).toBe(true);
  const { rows } = await one.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE "users-erase-events" ('1')`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('outbox_aggregateid_idx');
  expect(plan).not.toContain('Seq Scan');
  await one.end();
  await users.close();
});
