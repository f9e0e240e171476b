import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createLogger } from '@starling/kit/logger.ts';
import { readStackConfig } from '@starling/stack/config.ts';
import { runEmbedded } from '@starling/stack/run-embedded.ts';
import type { Stack } from '@starling/stack/start-stack.ts';
import { home, post, register, relate, search, type PostInput, type Someone } from '../e2e/support/people.ts';

let dataDir: string;
let stack: Stack;
let ada: Someone;
let bob: Someone;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'starling-fault-'));
  const config = readStackConfig({}, { port: 0 });
  const logger = createLogger({ name: 'test', level: 'silent' });
  stack = await runEmbedded({ dataDir, config, graphiqlFolder: null, logger });
  ada = await register(stack, 'ada');
  bob = await register(stack, 'bob');
  await relate(bob, 'follow', ada);
});
afterAll(async () => {
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test('Postgres killed under load: requests say UNAVAILABLE, everything heals by itself, nothing acknowledged is lost or doubled', async () => {
  const before = await post(ada, 'Before the crash');
  const inputs = Array.from({ length: 40 }, (_, index) => ({
    text: `During crash ${index}`,
    idempotencyKey: `k${index}`,
  }));
  const during = Promise.all(inputs.map((input) => postUntilTaken(ada, input)));
  await killPostgres();
  const ids = await during;
  expect(new Set(ids).size).toBe(inputs.length);

  await stack.drain();
  const expected = new Set([before, ...ids]);
  expect(new Set(await home(bob))).toEqual(expected);
  expect(new Set(await home(ada))).toEqual(expected);
  expect(new Set(await search(bob, 'crash from:ada'))).toEqual(expected);
});

/** Asks again with the same key for as long as the answer is that something is away. */
async function postUntilTaken(someone: Someone, input: PostInput): Promise<string> {
  return vi.waitFor(
    async () => {
      const { data, errors } = await someone.ask<{ postTweet: { tweet: { id: string } | null } }>('PostTweet', {
        input,
      });
      for (const { extensions } of errors ?? []) expect(extensions.code).toMatch(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/);
      if (!data?.postTweet.tweet) throw new Error('not taken yet');
      return data.postTweet.tweet.id;
    },
    { timeout: 60_000, interval: 50 },
  );
}

async function killPostgres(): Promise<void> {
  const [pid] = (await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
}
