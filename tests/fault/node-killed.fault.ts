import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDoor } from '../e2e/support/client.ts';
import { home, post, register, relate, search, type PostInput, type Someone } from '../e2e/support/people.ts';
import { createBench, postgresOf, type StarlingProcess } from './support/starling-process.ts';

const POSTS = 48;
const KILL_AFTER = 12;
const bench = createBench();
let data: string;
let starling: StarlingProcess;
let ada: Someone;
let bob: Someone;

beforeAll(async () => {
  data = await bench.folder();
  starling = bench.start({ data });
  const port = await starling.ready();
  [ada, bob] = await Promise.all([register({ port }, 'ada'), register({ port }, 'bob')]);
  await relate(bob, 'follow', ada);
});
afterAll(() => bench.clean());

/** Every other one has a key to try again with. */
const inputs = Array.from({ length: POSTS }, (_, index): PostInput => ({
  text: `Under fire ${index}`,
  ...(index % 2 === 0 ? { idempotencyKey: `fire-${index}` } : {}),
}));
/** Ids that were answered, by text. */
const acknowledged = new Map<string, string>();

test('kill -9 in a hail of posts leaves Postgres, which the next start takes over', async () => {
  const killed = Promise.withResolvers<undefined>();
  const posting = inputs.map(async (input) => {
    acknowledged.set(input.text, await post(ada, input));
    if (acknowledged.size < KILL_AFTER) return;
    starling.kill('SIGKILL');
    killed.resolve(undefined);
  });
  await Promise.all([killed.promise, Promise.allSettled(posting), starling.ended]);
  expect(acknowledged.size).toBeLessThan(POSTS);
  const orphan = await postgresOf(data);
  expect(orphan).not.toBeNull();

  starling = bench.start({ data });
  const port = await starling.ready();
  expect(await postgresOf(data)).toEqual(orphan);
  ada = { ...ada, ...openDoor(port, ada.accessToken) };
  bob = { ...bob, ...openDoor(port, bob.accessToken) };
});

test('every acknowledged post is in the author’s and a follower’s home and in search', async () => {
  await vi.waitFor(
    async () => {
      for (const ids of [await home(ada), await home(bob), await search(bob, '"under fire" from:ada')])
        expect(ids).toEqual(expect.arrayContaining([...acknowledged.values()]));
    },
    { timeout: 30_000, interval: 50 },
  );
});

test('with its key a post is posted once, however often it is tried', async () => {
  for (const input of inputs.filter(({ idempotencyKey }) => idempotencyKey !== undefined)) {
    const id = await post(ada, input);
    expect(acknowledged.get(input.text) ?? id).toBe(id);
    acknowledged.set(input.text, id);
  }
});

test('no post is there twice, and all three places agree', async () => {
  await vi.waitFor(
    async () => {
      const own = await home(ada);
      expect(own).toEqual(expect.arrayContaining([...acknowledged.values()]));
      expect(await home(bob)).toEqual(own);
      expect((await search(bob, '"under fire" from:ada')).toSorted()).toEqual(own.toSorted());
      const texts = await Promise.all(own.map(textOf));
      expect(new Set(texts).size).toBe(texts.length);
    },
    { timeout: 30_000, interval: 50 },
  );
});

async function textOf(id: string): Promise<string | null> {
  const { tweet } = await bob.get<{ tweet: { text: string | null } | null }>(
    'query ($id: ID!) { tweet(id: $id) { text } }',
    {
      id,
    },
  );
  return tweet?.text ?? null;
}
