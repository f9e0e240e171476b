import { execFileSync } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCall } from '@starling/kit/call.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@starling/kit/postgres/embedded-postgres.ts';
import { createPool, type Pool } from '@starling/kit/postgres/pool.ts';
import { isUnavailable } from '@starling/kit/postgres/unavailable.ts';
import { ANONYMOUS } from '@starling/kit/principal.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { tweetsConfig } from '@starling/tweets/config.ts';
import { openTweets, type OpenedTweets } from '@starling/tweets/open.ts';
import { ADA, sharedByTweets } from './support/shared-by-tweets.ts';
import { canMount, mountDisk, unmountDisk } from './support/small-disk.ts';

const DISK_MB = 48;

let root: string;
let disk: string;
let postgres: EmbeddedPostgres;
let pool: Pool;
let tweets: OpenedTweets;

/** The tables lie on a disk of their own; the server's log does not, so that it lives on to say what is wrong. */
beforeAll(async () => {
  if (!canMount) return;
  root = await mkdtemp(join(tmpdir(), 'starling-disk-'));
  disk = join(root, 'disk');
  await mountDisk(disk, DISK_MB * 1_024 * 1_024);
  postgres = await startEmbeddedPostgres({ dataDir: join(root, 'data'), dieWithParent: true });
  const tables = join(disk, 'tables');
  await mkdir(tables);
  const { uid, gid } = await ownerOf(join(root, 'data'));
  await chown(tables, uid, gid);
  const admin = createPool({ url: postgres.url('postgres'), name: 'admin', max: 1 });
  await admin.query(`CREATE TABLESPACE small LOCATION '${tables}'`);
  for (const name of ['tweets', 'empty']) await admin.query(`CREATE DATABASE ${name} TABLESPACE small`);
  await admin.end();
  pool = createPool({ url: postgres.url('tweets'), name: 'looking', max: 2 });
  tweets = await openTweets(tweetsConfig.parse({ databaseUrl: postgres.url('tweets') }), sharedByTweets());
}, 120_000);
afterAll(async () => {
  if (!canMount) return;
  await tweets.close();
  await pool.end();
  await postgres.stop();
  unmountDisk(disk);
  await rm(root, { recursive: true, force: true });
});

const LONG = 'x'.repeat(270);

async function post(): Promise<string | undefined> {
  const principal = { ...ANONYMOUS, userId: ADA, scopes: ['read', 'write'] };
  const query = `mutation { postTweet(input: { text: "${LONG}" }) { tweet { id } userErrors { code } } }`;
  const { errors } = await executeInSubgraph(tweets.subgraph, { query }, createCall({ principal }));
  return errors?.map(({ extensions }) => String(extensions?.['code'])).join();
}

async function counts(): Promise<{ tweets: number; counters: number; events: number }> {
  const { rows } = await pool.query(
    `SELECT (SELECT count(*)::int FROM tweet) AS tweets, (SELECT count(*)::int FROM tweet_counter) AS counters,
       (SELECT count(*)::int FROM outbox WHERE type = 'tweet.posted') AS events`,
  );
  return rows[0];
}

test.skipIf(!canMount)(
  'a full disk is UNAVAILABLE with nothing half done, and heals by itself',
  async () => {
    expect(await post()).toBeUndefined();
    const filler = join(disk, 'filler');
    const { bavail, bsize } = await statfs(disk);
    await writeFile(filler, Buffer.alloc(bavail * bsize - 512 * 1024));

    const posted = 1 + (await postUntilRefused());
    expect(await counts()).toEqual({ tweets: posted, counters: posted, events: posted });

    const erasing = eraseEverybody();
    await expect(erasing).rejects.toSatisfy(isUnavailable);
    expect((await counts()).tweets).toBe(posted);
    await expect(
      openTweets(tweetsConfig.parse({ databaseUrl: postgres.url('empty') }), sharedByTweets()),
    ).rejects.toThrow(
      /^The database tweets \(.*\) has no room left on its disk\. Make room, then start again; nothing was lost\.$/,
    );

    await rm(filler);
    expect(await post()).toBeUndefined();
    expect(await counts()).toEqual({ tweets: posted + 1, counters: posted + 1, events: posted + 1 });
    await eraseEverybody();
  },
  180_000,
);

/** How many were taken. Between two refusals a post may still find room on pages that are there already. */
async function postUntilRefused(): Promise<number> {
  let taken = 0;
  for (let inARow = 0; inARow < 5;) {
    const refusal = await post();
    expect([undefined, 'UNAVAILABLE']).toContain(refusal);
    if (refusal === undefined) taken += 1;
    inARow = refusal === undefined ? 0 : inARow + 1;
    expect(taken).toBeLessThan(20_000);
  }
  return taken;
}

/** What the consumer does whose partition waits for as long as this rejects. */
async function eraseEverybody(): Promise<void> {
  const value = JSON.stringify({ type: 'user.erased', userId: ADA, eventId: 'e', revision: 2, version: 1, at: 1 });
  const record = { topic: 'user.v1', key: ADA, value, headers: {}, partition: 0, offset: 0n, appendedAt: 0 };
  await tweets.consumers.find(({ group }) => group === 'tweets-users')?.handle([record]);
}

/** Of the server's data, wherever below the folder they lie. */
async function ownerOf(folder: string): Promise<{ uid: number; gid: number }> {
  const found = execFileSync('find', [folder, '-name', 'PG_VERSION', '-print', '-quit'], { encoding: 'utf8' }).trim();
  return stat(found);
}
