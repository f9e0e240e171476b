import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor } from './support/client.ts';
import { act, home, post, register, relate, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';

const CANDIDATES = 12;
const OLDER = 8;

let stack: TestStack;
let viewer: Someone;
let friend: Someone;
let author: Someone;
let other: Someone;
let tweets: { id: string; by: Someone }[];

beforeAll(async () => {
  stack = await startTestStack({ timeline: { rankedCandidates: CANDIDATES, affinityForMs: 1 } });
  [viewer, friend, author, other] = (await Promise.all(
    ['vera', 'fred', 'anna', 'otto'].map((handle) => register(stack, handle)),
  )) as [Someone, Someone, Someone, Someone];
  for (const followee of [friend, author, other]) await relate(viewer, 'follow', followee);
  tweets = [];
  for (let count = 0; count < CANDIDATES + OLDER; count += 1) {
    const by = [friend, author, other][count % 3]!;
    tweets.push({ id: await post(by, `News ${count}`), by });
  }
  const ofFriend = tweets.filter(({ by }) => by === friend).map(({ id }) => id);
  await act(viewer, 'likeTweet', ofFriend[0]!);
  await post(viewer, { text: 'Well said', replyToId: ofFriend[1]! });
  await post(viewer, { text: 'So it is', replyToId: ofFriend[2]! });
  await stack.drain();
});
afterAll(() => stack?.stop());

type Rank = { score: number; affinity: number; weight: number; decay: number };
type Edge = { node: { id: string; text: string | null }; rank: Rank | null };
type Page = { edges: Edge[]; pageInfo: { hasNextPage: boolean; endCursor: string } };

async function ranked(first: number, after: string | null = null): Promise<Page> {
  const { homeTimeline } = await viewer.get<{ homeTimeline: Page }>('HomeTimelineRanked', { first, after });
  return homeTimeline;
}

/** Page by page to the end, with what happens between two pages. */
async function scroll(first: number, between: (page: number) => Promise<void> = async () => {}): Promise<Edge[]> {
  const edges: Edge[] = [];
  for (let page = 1, after: string | null = null; ; page += 1) {
    const { edges: more, pageInfo } = await ranked(first, after);
    edges.push(...more);
    if (!pageInfo.hasNextPage) return edges;
    after = pageInfo.endCursor;
    await between(page);
  }
}

const idsOf = (edges: readonly Edge[]) => edges.map(({ node }) => node.id);

test('the ranked timeline is the whole timeline: the newest by score, with what it is computed from, then the older ones', async () => {
  const edges = await scroll(5);
  const latest = await home(viewer);
  expect(idsOf(edges).toSorted()).toEqual(latest.toSorted());
  const scored = edges.slice(0, CANDIDATES);
  const scores = scored.map(({ rank }) => rank!.score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  for (const { rank } of scored) expect(rank!.affinity * rank!.weight * rank!.decay).toBe(rank!.score);
  expect(idsOf(scored).toSorted()).toEqual(latest.slice(0, CANDIDATES).toSorted());
  expect(edges.slice(CANDIDATES).map(({ rank }) => rank)).toEqual(latest.slice(CANDIDATES).map(() => null));
  expect(idsOf(edges.slice(CANDIDATES))).toEqual(latest.slice(CANDIDATES));
});

test('whom the viewer likes and answers comes first', async () => {
  const { edges } = await ranked(CANDIDATES);
  const friends = new Set(tweets.filter(({ by }) => by === friend).map(({ id }) => id));
  const strangers = new Set(tweets.filter(({ by }) => by !== friend).map(({ id }) => id));
  const affinities = (ids: ReadonlySet<string>) =>
    edges.flatMap(({ node, rank }) => (ids.has(node.id) ? [rank!.affinity] : []));
  expect(Math.min(...affinities(friends))).toBeGreaterThan(1);
  expect(affinities(strangers)).toEqual(affinities(strangers).map(() => 1));
  expect(friends.has(edges[0]!.node.id)).toBe(true);
});

test('a tweet tells below how many it is ranked, and is told to be there', async () => {
  const edges = await scroll(100);
  for (const place of [0, 3, CANDIDATES - 1, CANDIDATES]) {
    const asked = { tweetId: edges[place]!.node.id };
    const { whyNotInMyTimeline } = await viewer.get<{ whyNotInMyTimeline: object }>('HowRankedInMyTimeline', asked);
    expect(whyNotInMyTimeline).toEqual({ reason: { kind: expect.any(String) as string }, rankedBelow: place });
  }
});

test('while somebody scrolls nothing is repeated or passed over, and what is hidden meanwhile is left out', async () => {
  const before = new Set(await home(viewer));
  const [gone] = (await scroll(100))
    .filter(({ node }) => tweets.some(({ id, by }) => id === node.id && by === author))
    .slice(-1);
  const edges = await scroll(4, async (page) => {
    if (page === 1) {
      await post(friend, 'Breaking');
      for (const someone of [friend, author, other]) await act(someone, 'likeTweet', tweets.at(-1)!.id);
      await author.get('DeleteTweet', { input: { tweetId: gone!.node.id } });
    }
    if (page === 2) await relate(viewer, 'unfollow', other);
  });
  const shown = idsOf(edges);
  expect(new Set(shown).size).toBe(shown.length);
  expect(shown).not.toContain(gone!.node.id);
  const after = new Set(await home(viewer));
  expect([...before].filter((id) => after.has(id) && !shown.includes(id))).toEqual([]);
  expect(shown.filter((id) => !before.has(id))).toEqual([]);
  await relate(viewer, 'follow', other);
});

test('whose profile the viewer opens comes further up, and a page that was begun before goes on as it began', async () => {
  const before = await scroll(CANDIDATES);
  const first = await ranked(1);
  await viewer.get('UserTweets', { handle: author.handle, first: 1 });
  const affinitiesNow = async () => {
    const { edges } = await ranked(CANDIDATES);
    return edges.flatMap(({ node, rank }) => (isBy(author, node.id) ? [rank!.affinity] : []));
  };
  await expect.poll(affinitiesNow, { timeout: 10_000 }).not.toContain(1);
  const after = await ranked(CANDIDATES);
  expect(sum(placesOf(author, after.edges))).toBeLessThan(sum(placesOf(author, before.slice(0, CANDIDATES))));
  expect(placesOf(author, after.edges)).toHaveLength(placesOf(author, before.slice(0, CANDIDATES)).length);
  for (const { rank } of after.edges) expect(rank!.affinity * rank!.weight * rank!.decay).toBe(rank!.score);
  const rest = await ranked(CANDIDATES - 1, first.pageInfo.endCursor);
  expect(idsOf([...first.edges, ...rest.edges])).toEqual(idsOf(before.slice(0, CANDIDATES)));
});

const isBy = (someone: Someone, tweetId: string) => tweets.some(({ id, by }) => id === tweetId && by === someone);
const placesOf = (someone: Someone, edges: readonly Edge[]) =>
  edges.flatMap(({ node }, place) => (isBy(someone, node.id) ? [place] : []));
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

test('the order is the same after everything that held it has been lost', async () => {
  const expected = await scroll(5);
  const first = await ranked(5);
  // Scores are of their own moment, the order is not: all decay alike.
  expect(idsOf(first.edges)).toEqual(idsOf(expected.slice(0, 5)));
  await stack.dropImages();
  stack = await stack.restart();
  await stack.drain();
  const rest = await scrollAgain(first.pageInfo.endCursor);
  expect(idsOf(rest)).toEqual(idsOf(expected.slice(5)));
});

/** The door of before the restart is closed. */
async function scrollAgain(after: string): Promise<Edge[]> {
  viewer = { ...viewer, ...openDoor(stack.port, viewer.accessToken) };
  const { edges } = await ranked(100, after);
  return edges;
}
