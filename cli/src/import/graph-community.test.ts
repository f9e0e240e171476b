import { expect, test } from 'vitest';
import { checkHandle } from '@starling/domain/profile.ts';
import { checkTweetText } from '@starling/domain/tweet-text.ts';
import { createRandom, heavyTailed } from '@starling/stack/community/random.ts';
import { graphCommunity, type GraphCommunityOptions } from './graph-community.ts';
import type { Edge } from './read-edge-list.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 12);
const DAY_MS = 24 * 60 * 60 * 1000;

const random = createRandom(5);
const EDGES: Edge[] = Array.from({ length: 400 }, (): Edge => [
  String(heavyTailed(random, 80, 0.8)),
  String(heavyTailed(random, 80, 0.3)),
]).filter(([from, to]) => from !== to);
const NAMES = new Set(EDGES.flat());

test('the same edges and seed give the same community, another seed other tweets of the same people', () => {
  expect(community()).toEqual(community());
  const other = community({ seed: 2 });
  expect(other.people).toEqual(community().people);
  expect(other.follows).toEqual(community().follows);
  expect(new Set([...other.tweets, ...community().tweets].map(({ key }) => key)).size).toBe(2 * 3 * NAMES.size);
});

test('everybody of the graph is there once, with a handle that registration takes', () => {
  const handles = community().people.map(({ handle }) => handle);
  expect(new Set(handles)).toEqual(new Set([...NAMES].map((name) => `u${name}`)));
  expect(handles).toHaveLength(NAMES.size);
  expect(handles.filter((handle) => !checkHandle(handle).ok)).toEqual([]);
});

test('an edge is two follows, or one if the graph is directed, however often it comes', () => {
  const edges: Edge[] = [
    ['1', '2'],
    ['2', '1'],
    ['1', '3'],
  ];
  const pairs = (directed: boolean) =>
    community({ edges, directed }).follows.map(({ follower, followee }) => `${follower} ${followee}`);
  expect(pairs(false).sort()).toEqual(['u1 u2', 'u1 u3', 'u2 u1', 'u3 u1']);
  expect(pairs(true).sort()).toEqual(['u1 u2', 'u1 u3', 'u2 u1']);
});

test.each([0, 1, 3, 7])('everybody posts exactly %d tweets, in the last two weeks, oldest first', (tweetsEach) => {
  const { tweets, people } = community({ tweetsEach });
  expect(tweets).toHaveLength(people.length * tweetsEach);
  const counts = Map.groupBy(tweets, ({ author }) => author);
  expect(people.filter(({ handle }) => (counts.get(handle)?.length ?? 0) !== tweetsEach)).toEqual([]);
  expect(new Set(tweets.map(({ key }) => key)).size).toBe(tweets.length);
  const moments = tweets.map(({ atMs }) => atMs);
  expect(moments).toEqual(moments.toSorted((a, b) => a - b));
  expect(moments.filter((atMs) => atMs < NOW_MS - 14 * DAY_MS || atMs > NOW_MS)).toEqual([]);
  expect(tweets.filter(({ text }) => !checkTweetText(text).ok)).toEqual([]);
});

test('a reply comes after its parent and answers somebody whom its author knows', () => {
  const { tweets, follows } = community();
  const knows = new Set(follows.map(({ follower, followee }) => `${follower} ${followee}`));
  const seen = new Map<string, string>();
  let replies = 0;
  for (const { key, author, replyToKey } of tweets) {
    if (replyToKey !== undefined) {
      replies += 1;
      expect(knows).toContain(`${author} ${seen.get(replyToKey)}`);
    }
    seen.set(key, author);
  }
  expect(replies).toBeGreaterThan(tweets.length / 10);
});

test('more tweets each keep the names of those that were there, with their authors', () => {
  const few = new Map(community({ tweetsEach: 2 }).tweets.map(({ key, author }) => [key, author]));
  const many = new Map(community({ tweetsEach: 5 }).tweets.map(({ key, author }) => [key, author]));
  for (const [key, author] of few) expect(many.get(key)).toBe(author);
});

test('another graph does not take the names of this one’s tweets for other authors', () => {
  const all = new Map(community().tweets.map(({ key, author }) => [key, author]));
  const half = community({ edges: EDGES.slice(200) }).tweets;
  expect(half.filter(({ key, author }) => all.has(key) && all.get(key) !== author)).toEqual([]);
});

function community(changes: Partial<GraphCommunityOptions> = {}) {
  return graphCommunity({ edges: EDGES, directed: false, tweetsEach: 3, seed: 1, nowMs: NOW_MS, ...changes });
}
