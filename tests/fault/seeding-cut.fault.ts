import { afterAll, expect, test, vi } from 'vitest';
import { DEMO_LOGINS, DEMO_PASSWORD } from '@starling/stack/community/seed-demo.ts';
import { demoCommunity } from '@starling/stack/community/demo-community.ts';
import { readFounding } from '@starling/stack/community/founding.ts';
import { openDoor, type Door } from '../e2e/support/client.ts';
import { createBench, postgresOf } from './support/starling-process.ts';

const bench = createBench();
afterAll(() => bench.clean());

test('seeding that is cut, by Ctrl-C and by kill -9, goes on at the next start and ends complete', async () => {
  const data = await bench.folder();
  const flags = ['--port', '0'];
  const interrupted = bench.start({ data, flags });
  await vi.waitFor(() => expect(interrupted.stderr()).toContain('people: '), { timeout: 60_000, interval: 2 });
  interrupted.kill('SIGINT');
  expect((await interrupted.ended).code).toBe(0);
  expect(interrupted.stdout()).toBe('');
  expect(await postgresOf(data)).toBeNull();
  const founding = await readFounding(data);
  expect(founding?.state).toBe('seeding');

  const killed = bench.start({ data, flags });
  await vi.waitFor(() => expect(killed.stderr()).toContain('tweets: 1000/'), { timeout: 60_000, interval: 2 });
  killed.kill('SIGKILL');
  await killed.ended;
  expect(killed.stdout()).toBe('');

  // Not even --empty leaves half a community behind.
  const third = bench.start({ data, flags: ['--empty', ...flags] });
  const door = openDoor(await third.ready());
  expect(third.stdout()).toContain(`Demo logins  ${DEMO_LOGINS.join(', ')} (password: ${DEMO_PASSWORD})`);
  expect(await readFounding(data)).toEqual({ ...founding, state: 'seeded' });

  const { people, tweets, follows } = demoCommunity({ nowMs: founding?.nowMs ?? 0 });
  expect(people).toHaveLength(200);
  const found = await everybody(
    door,
    people.map(({ handle }) => handle),
  );
  expect(sum(found.map(({ followerCount }) => followerCount))).toBe(follows.length);
  const posted = (await Promise.all(found.map(({ handle }) => tweetsOf(door, handle)))).flat();
  expect(posted.toSorted()).toEqual(tweets.map(({ author, text }) => `${author}: ${text}`).toSorted());
});

type Counted = { handle: string; followerCount: number };

async function everybody(door: Door, handles: readonly string[]): Promise<Counted[]> {
  const found = await Promise.all(
    handles.map((handle) =>
      door.get<{ user: Counted }>('query ($handle: String!) { user(handle: $handle) { handle followerCount } }', {
        handle,
      }),
    ),
  );
  return found.map(({ user }) => user);
}

type Page = {
  edges: { node: { text: string }; isRetweet: boolean }[];
  pageInfo: { endCursor: string; hasNextPage: boolean };
};

const TWEETS_OF = `query ($handle: String!, $after: String) {
  user(handle: $handle) {
    tweets(first: 100, after: $after, includeReplies: true) {
      edges { node { text } isRetweet }
      pageInfo { endCursor hasNextPage }
    }
  }
}`;

async function tweetsOf(door: Door, handle: string): Promise<string[]> {
  const texts: string[] = [];
  for (let after: string | null = null; ;) {
    const { user }: { user: { tweets: Page } } = await door.get(TWEETS_OF, { handle, after });
    const own = user.tweets.edges.filter(({ isRetweet }) => !isRetweet);
    texts.push(...own.map(({ node }) => `${handle}: ${node.text}`));
    if (!user.tweets.pageInfo.hasNextPage) return texts;
    after = user.tweets.pageInfo.endCursor;
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
