import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@starling/prisma/users/generated/client.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scheduleMaintenance } from './maintain-users.ts';
import { createSessionList } from './store/session-list.ts';
import { createSigningKeyStore } from './store/signing-key-store.ts';
import { openTestUsers, type TestUsers } from './testing/open-test-users.ts';

let users: TestUsers;
beforeAll(async () => (users = await openTestUsers()));
afterAll(() => users.close());

/** Of each statement that has deleted rows how many, and where. */
const NOTE_DELETIONS = `
  CREATE TABLE pruned (name TEXT, count INT);
  CREATE FUNCTION note_pruned() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO pruned SELECT TG_TABLE_NAME, count(*) FROM gone; RETURN NULL; END $$;
  CREATE TRIGGER note AFTER DELETE ON session REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_pruned();
  CREATE TRIGGER note AFTER DELETE ON refresh_token REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_pruned();`;

/** 2,500 sessions that are over, and 2,500 tokens of one that stands, used so long ago that they may be forgotten. */
const LEFT_OVER = `
  WITH over AS (
    INSERT INTO session (id, user_id, created_at, last_used_at, expires_at)
    SELECT gen_random_uuid(), $1, $2, $2, $2 FROM generate_series(1, 2500)
  )
  INSERT INTO refresh_token (hash, session_id, created_at, used_at)
  SELECT sha256(convert_to(n::text, 'UTF8')), (SELECT id FROM session WHERE user_id = $1), $2, $3
  FROM generate_series(1, 2500) AS n`;

async function maintain(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { pool } = users.database;
  const sessionList = createSessionList(new PrismaClient({ adapter: new PrismaPg(pool) }));
  const { stop } = scheduleMaintenance(
    { keys: createSigningKeyStore(pool), sessionList, config: users.config, now: () => users.clock.ms },
    async (work) => {
      await work();
      resolve();
      return true;
    },
    reject,
  );
  await promise;
  await stop();
}

test('what is left over of sessions goes in bounded steps, however much it is', async () => {
  const { pool } = users.database;
  const { user } = await users.register('ada');
  const usedAt = new Date(users.clock.ms - users.config.sessionMs);
  await pool.query(LEFT_OVER, [user?.id, new Date(users.clock.ms), usedAt]);
  await pool.query(NOTE_DELETIONS);
  await maintain();
  const { rows } = await pool.query(
    'SELECT name, max(count) AS most, sum(count)::int AS "all" FROM pruned WHERE count > 0 GROUP BY name ORDER BY name',
  );
  expect(rows).toEqual([
    { name: 'refresh_token', most: 1000, all: 2500 },
    { name: 'session', most: 1000, all: 2500 },
  ]);
});
