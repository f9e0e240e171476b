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

const QUERIES = ['cats', '#pets', '@ada', 'to:ada', 'from:bob', '"big cats"', 'dogs', 'late'];

async function everything() {
  const tweets = await Promise.all(QUERIES.map((query) => search.searchTweets(query)));
  const people = await Promise.all(['ada', 'bob', 'lovelase', 'gon'].map((query) => search.searchUsers(query)));
  return [...tweets, ...people].map(({ ids, errors }) => [...ids, ...errors]);
}

function inhabit() {
  const { community } = search;
  const ada = community.register('ada', 'Ada Lovelace');
  const bob = community.register('bob', 'Bob');
  const gone = community.register('gone', 'Gone Away');
  const cats = community.post(ada, 'I love big cats #Pets');
  community.post(bob, '@ada dogs are better #pets', { replyTo: cats });
  const deleted = community.post(bob, 'no cats, no dogs');
  community.remove(deleted);
  community.setState(gone, 'deactivated');
  return { ada, deleted, bob };
}

describe('a rebuild', () => {
  test('finds from the facts alone what the events would have made', async () => {
    inhabit();
    const seen: string[] = [];
    const rebuilt = await search.rebuild({ onProgress: (...told) => void seen.push(told.join(' ')) });
    expect(rebuilt).toEqual({ people: 3, tweets: 3 });
    expect(seen).toEqual(['people 3 3', 'tweets 3 3']);
    const fromFacts = await everything();
    await search.deliver();
    expect(await everything()).toEqual(fromFacts);
    expect(fromFacts.flat()).not.toHaveLength(0);
  });

  test('leaves no way back for what was deleted before, nor for what the index had wrong', async () => {
    const { deleted, ada } = inhabit();
    await search.deliver();
    const right = await everything();
    await database.pool.query("UPDATE search_tweets SET words = '''wrong'':1', keywords = '{}'");
    await database.pool.query('DELETE FROM search_people');
    expect(await everything()).not.toEqual(right);
    await search.rebuild();
    expect(await everything()).toEqual(right);
    await search.deliver(search.community.events.filter(({ key }) => key === deleted.id || key === ada.id));
    expect(await everything()).toEqual(right);
  });

  test('goes through page after page, and stops between two of them when it is told to', async () => {
    const { ada } = inhabit();
    for (let n = 0; n < 1_200; n += 1) search.community.post(ada, `late ${n}`);
    const seen: [string, number, number][] = [];
    await search.rebuild({ onProgress: (...told) => void seen.push(told) });
    expect(seen.filter(([index]) => index === 'tweets')).toEqual([
      ['tweets', 500, 1_203],
      ['tweets', 1_000, 1_203],
      ['tweets', 1_203, 1_203],
    ]);
    const stopping = new AbortController();
    const onProgress = (index: string) => index === 'tweets' && stopping.abort(new Error('stopped'));
    await expect(search.rebuild({ signal: stopping.signal, onProgress })).rejects.toThrow('stopped');
    expect((await search.searchTweets('late', { first: 100 })).hasNextPage).toBe(true);
  });
});
