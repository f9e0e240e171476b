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

describe('bad input', () => {
  test('gets one clear error with a closed code', async () => {
    const { community } = search;
    const ada = community.register('ada');
    for (let n = 0; n < 3; n += 1) community.post(ada, 'word other');
    await search.deliver();
    const { endCursor } = await search.searchTweets('word', { first: 1 });
    const ofPeople = await search.searchUsers('ada', { first: 1 });
    const table: [string, Parameters<typeof search.searchTweets>[1], string][] = [
      ['', {}, 'BAD_USER_INPUT: The query must not be empty'],
      ['   ', {}, 'BAD_USER_INPUT: The query must not be empty'],
      ['?!', {}, 'BAD_USER_INPUT: The query holds no word to search for'],
      ['x'.repeat(501), {}, 'BAD_USER_INPUT: The query has at most 500 characters'],
      ['x'.repeat(1_000_000), {}, 'BAD_USER_INPUT: The query has at most 500 characters'],
      ['a\ud800', {}, 'BAD_USER_INPUT: The query must be well-formed text'],
      ['a\u0000', {}, 'BAD_USER_INPUT: The query must be well-formed text'],
      ['since:2026-02-30', {}, 'BAD_USER_INPUT: since: needs a day of the calendar, as in since:2026-01-31'],
      ['from:', {}, 'BAD_USER_INPUT: from: needs a handle, as in from:ada'],
      ['word', { first: 0 }, 'BAD_USER_INPUT: "first" must be from 1 to 100'],
      ['word', { first: -1 }, 'BAD_USER_INPUT: "first" must be from 1 to 100'],
      ['word', { first: 101 }, 'BAD_USER_INPUT: "first" must be from 1 to 100'],
      ['word', { after: 'nonsense' }, 'BAD_CURSOR: The cursor does not belong to this list'],
      ['word', { after: '' }, 'BAD_CURSOR: The cursor does not belong to this list'],
      ['word', { after: ofPeople.endCursor }, 'BAD_CURSOR: The cursor does not belong to this list'],
      ['other', { after: endCursor }, 'BAD_CURSOR: The cursor does not belong to this search'],
      ['word', { after: endCursor, order: 'RELEVANCE' }, 'BAD_CURSOR: The cursor does not belong to this search'],
    ];
    for (const [query, args, error] of table) {
      const { errors } = await search.searchTweets(query, args);
      expect({ query: query.slice(0, 30), args, errors }).toEqual({ query: query.slice(0, 30), args, errors: [error] });
    }
    expect((await search.searchTweets('  WORD', { after: endCursor })).errors).toEqual([]);
  });

  test('that means harm finds words or nothing, and breaks nothing', async () => {
    const { community } = search;
    const ada = community.register('ada');
    const hostile = [
      "'; DROP TABLE search_tweets; --",
      "a' & 'b",
      "'a' <-> !('b')",
      'a:*',
      'a:1A,2B',
      '\\',
      "\\'",
      "''''",
      '$1',
      '%s',
      '%_\\',
      'a & | ! <2> b',
      '((((((',
      '\\u0000',
      '\u202eevil\u202c',
      'שלום مرحبا',
      '👩‍👩‍👧‍👦🏳️‍🌈',
      'a\u0301\u0302\u0303'.repeat(30),
      'x'.repeat(280),
      '字'.repeat(140),
      '{"a":1}',
      '{a,b}',
      '#a\u0001b',
      '\u0001',
      'ﷺ'.repeat(100),
      '\ufeff\u200b',
      '🇫🇷'.repeat(50),
    ];
    const posted = hostile.map((text) => community.post(ada, text));
    await search.deliver();
    for (const [n, text] of hostile.entries()) {
      for (const query of [text, `"${text}"`, `-${text} from:ada`, `from:ada ${text}`]) {
        const { ids, errors } = await search.searchTweets(query, { order: n % 2 ? 'NEWEST' : 'RELEVANCE' });
        if (errors.length > 0) expect(errors).toEqual([expect.stringMatching(/^BAD_USER_INPUT: /)]);
        else if (!query.startsWith('-')) expect(ids).toContain(posted[n]!.id);
        await search.searchUsers(query);
        await search.suggest(query.slice(0, 100));
      }
    }
    expect((await search.searchTweets('from:ada', { first: 100 })).ids).toHaveLength(hostile.length);
  });
});
