import { createTestDatabase, type TestDatabase } from '@starling/kit/testing/test-database.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openCommunity } from './testing/open-community.ts';

let database: TestDatabase;
let search: Awaited<ReturnType<typeof openCommunity>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  search = await openCommunity(database);
});
afterEach(() => search.close());
afterAll(() => database.drop());

describe('pages', () => {
  test.each(['NEWEST', 'RELEVANCE'] as const)('by %s have no seam, also where much is hidden', async (order) => {
    const { community } = search;
    const [ada, hidden] = [community.register('ada'), community.register('hidden')];
    const shown = Array.from({ length: 60 }, (_, n) => {
      const author = n % 3 === 0 ? ada : hidden;
      return { author, id: community.post(author, `word ${'word '.repeat(n % 4)}`).id };
    }).filter(({ author }) => author === ada);
    await search.deliver();
    hidden.isPrivate = true;
    const ids: string[] = [];
    for (let after: string | null = null; ;) {
      const page = await search.searchTweets('word', { first: 7, after, order });
      expect(page.errors).toEqual([]);
      ids.push(...page.ids);
      after = page.endCursor;
      if (!page.hasNextPage) break;
    }
    expect([...ids].sort()).toEqual(shown.map(({ id }) => id));
    if (order === 'NEWEST') expect(ids).toEqual([...ids].sort().reverse());
  });

  test('may be short or empty within the scan budget, and go on from the last tweet examined', async () => {
    const budgeted = await openCommunity(database, { scanBudget: 100 });
    try {
      const { community } = budgeted;
      const [ada, hidden] = [community.register('ada'), community.register('hidden')];
      const oldest = community.post(ada, 'word');
      for (let n = 0; n < 150; n += 1) community.post(hidden, 'word');
      await budgeted.deliver();
      hidden.isPrivate = true;
      const first = await budgeted.searchTweets('word', { first: 5 });
      expect(first).toMatchObject({ ids: [], hasNextPage: true });
      const second = await budgeted.searchTweets('word', { first: 5, after: first.endCursor });
      expect(second).toMatchObject({ ids: [oldest.id], hasNextPage: false });
    } finally {
      await budgeted.close();
    }
  });

  test('new tweets do not shift what comes after a cursor', async () => {
    const { community } = search;
    const ada = community.register('ada');
    const posted = [1, 2, 3, 4].map(() => community.post(ada, 'word').id);
    await search.deliver();
    const first = await search.searchTweets('word', { first: 2 });
    community.post(ada, 'word');
    await search.deliver();
    const second = await search.searchTweets('word', { first: 2, after: first.endCursor });
    expect([...first.ids, ...second.ids]).toEqual(posted.toReversed());
  });

  test('ask the other services once a chunk, not once a tweet', async () => {
    const { community } = search;
    const ada = community.register('ada');
    for (let n = 0; n < 30; n += 1) community.post(ada, 'word @ada');
    await search.deliver();
    await search.searchTweets('word from:ada @ada', { first: 20, as: ada });
    expect(community.calls).toEqual({ getUsers: 1, getUsersByHandle: 1, getRelationsTo: 1, getEntries: 1 });
  });
});
