import { PrismaPg } from '@prisma/adapter-pg';
import { noteDeletions } from '@starling/kit/testing/note-deletions.ts';
import { workOnce } from '@starling/kit/testing/work-once.ts';
import { PrismaClient } from '@starling/prisma/users/generated/client.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scheduleMaintenance } from './maintain-users.ts';
import { createSessionList } from './store/session-list.ts';
import { createSigningKeyStore } from './store/signing-key-store.ts';
import { openTestUsers, type TestUsers } from './testing/open-test-users.ts';

let users: TestUsers;
beforeAll(async () => (users = await openTestUsers()));
afterAll(() => users.close());

/** 2,500 sessions that are over, and 2,500 tokens of one that stands, used so long ago that they may be forgotten. */
const LEFT_OVER = `
  WITH over AS (
    INSERT INTO session (id, user_id, created_at, last_used_at, expires_at)
    SELECT gen_random_uuid(), $1, $2, $2, $2 FROM generate_series(1, 2500)
  )
  INSERT INTO refresh_token (hash, session_id, created_at, used_at)
  SELECT sha256(convert_to(n::text, 'UTF8')), (SELECT id FROM session WHERE user_id = $1), $2, $3
  FROM generate_series(1, 2500) AS n`;

test('what is left over of sessions goes in bounded steps, however much it is', async () => {
  const { pool } = users.database;
  const { user } = await users.register('ada');
  const usedAt = new Date(users.clock.ms - users.config.sessionMs);
  await pool.query(LEFT_OVER, [user?.id, new Date(users.clock.ms), usedAt]);
  const deletions = await noteDeletions(pool, ['refresh_token', 'session']);
  const sessionList = createSessionList(new PrismaClient({ adapter: new PrismaPg(pool) }));
  const deps = { keys: createSigningKeyStore(pool), sessionList, config: users.config, now: () => users.clock.ms };
  await workOnce((oneAtATime, onError) => scheduleMaintenance(deps, oneAtATime, onError));
  expect(await deletions()).toEqual([
    { name: 'refresh_token', most: 1000, all: 2500 },
    { name: 'session', most: 1000, all: 2500 },
  ]);
});
