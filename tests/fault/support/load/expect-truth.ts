import { expect, vi } from 'vitest';
import { disorderOf, nameOf, truthOf, type Truth } from './brute-force.ts';
import type { Crowd, LoadPerson } from './crowd.ts';
import type { LoadTweet } from './ledger.ts';
import { TWEETS } from './operations.ts';
import { WORDS } from './post-tweets.ts';
import { readHomeOf, readProfileOf, readSearchOf, type SeenEntry } from './read-whole.ts';
import { settle } from './settle.ts';

export type TruthOptions = {
  /** Resolves when no event is on its way any more. Without it, what is not true yet is read again for half a minute. */
  drain?: () => Promise<void>;
};

/**
 * After a load: nothing that was acknowledged is lost, nothing deleted has come back, and every home timeline, profile
 * and search result is what brute force over the acknowledged facts gives. What got no answer may be either way, but
 * everywhere the same.
 */
export async function expectTruth(crowd: Crowd, { drain }: TruthOptions = {}): Promise<void> {
  await settle(crowd);
  await drain?.();
  const truth = truthOf(crowd.ledger);
  await expectEveryTweet(crowd);
  for (const viewer of [...crowd.people, ...crowd.watchers, crowd.auditor]) {
    await expectHome(crowd, truth, viewer);
    await expectProfiles(crowd, truth, viewer);
    await expectSearches(crowd, truth, viewer);
  }
}

/** With a drain before it, only the look itself may need patience, as whatever was away comes back. */
const WAIT = { timeout: 30_000, interval: 250 };

/** Asks the store itself, as the author. */
async function expectEveryTweet({ people, ledger }: Crowd): Promise<void> {
  const all = [...ledger.tweets.values()];
  for (const author of people) {
    const theirs = all.filter(({ authorId }) => authorId === author.id);
    for (let start = 0; start < theirs.length; start += 100)
      await expectTweets(author, theirs.slice(start, start + 100));
  }
}

type Stored = { id: string; text: string | null; unavailable: { reason: string } | null } | null;

async function expectTweets({ client }: LoadPerson, tweets: readonly LoadTweet[]): Promise<void> {
  const expected = tweets.map(({ id, text, deletion }) =>
    deletion.holds ? { id, text: null, reason: 'DELETED' } : { id, text, reason: null },
  );
  await vi.waitFor(async () => {
    const stored = await client.get<{ tweets: Stored[] }>(TWEETS, { ids: tweets.map(({ id }) => id) });
    const told = stored.tweets.map(
      (one) => one && { id: one.id, text: one.text, reason: one.unavailable?.reason ?? null },
    );
    expect(told).toEqual(expected);
  }, WAIT);
}

async function expectHome({ ledger }: Crowd, truth: Truth, viewer: LoadPerson): Promise<void> {
  const expected = truth.home(viewer.id);
  await vi.waitFor(
    async () => expectSame(ledger, await readHomeOf(viewer), expected, `home of ${viewer.handle}`),
    WAIT,
  );
}

/** The own, the next person's, and the last one's. */
async function expectProfiles({ people, ledger }: Crowd, truth: Truth, viewer: LoadPerson): Promise<void> {
  const place = people.indexOf(viewer);
  const opened = new Set([people.at(place), people.at((place + 1) % people.length), people.at(-1)]);
  for (const person of opened) {
    if (!person) continue;
    for (const includeReplies of [true, false]) {
      const expected = truth.profile(viewer.id, person.id, includeReplies);
      const what = `${person.handle} as ${viewer.handle} sees them`;
      await vi.waitFor(async () => {
        const entries = await readProfileOf(viewer, person.id, includeReplies);
        const seen = entries.map(({ id, isRetweet }) => ({ id, retweeterId: isRetweet ? person.id : null }));
        expectSame(ledger, seen, expected, what);
      }, WAIT);
    }
  }
}

async function expectSearches({ people }: Crowd, truth: Truth, viewer: LoadPerson): Promise<void> {
  const place = Math.max(0, people.indexOf(viewer));
  const word = WORDS[place % WORDS.length] ?? '';
  const author = people[(place + 1) % people.length];
  if (!author) return;
  await expectFound(viewer, word, truth.search(viewer.id, { word }));
  await expectFound(viewer, `from:${author.handle}`, truth.search(viewer.id, { authorId: author.id }));
}

async function expectFound(viewer: LoadPerson, query: string, expected: string[]): Promise<void> {
  await vi.waitFor(async () => {
    const found = await readSearchOf(viewer, query);
    expect(found, `search of ${viewer.handle} for ${query}`).toEqual(found.toSorted().toReversed());
    expect(found.toReversed(), `search of ${viewer.handle} for ${query}`).toEqual(expected.toSorted());
  }, WAIT);
}

function expectSame(
  ledger: Crowd['ledger'],
  seen: readonly SeenEntry[],
  expected: readonly SeenEntry[],
  what: string,
): void {
  expect(seen.map(nameOf).sort(), what).toEqual(expected.map(nameOf).sort());
  expect(disorderOf(ledger, seen), `order in ${what}`).toBeNull();
}
