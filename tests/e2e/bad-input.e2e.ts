import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BAD_ACCOUNTS, BAD_HASHTAGS, BAD_PEOPLE, BAD_POSTS, BAD_TARGETS, RESULT } from './bad-input/mutations.ts';
import { BAD_ARGUMENTS, BAD_PAGES, PAGES, variablesOf } from './bad-input/queries.ts';
import { LONE_SURROGATE, peopleTheWorld, UNKNOWN_ID, type Ids, type Input } from './bad-input/world.ts';
import { fingerprint } from './support/database-scan.ts';
import { act, post, type Someone } from './support/people.ts';
import type { TestStack } from './support/stack-under-test.ts';
import { startTestStack } from './support/test-stack.ts';
import { expectOneError, expectOneUserError, type ToldUserError } from './support/told-errors.ts';

let stack: TestStack;
let ada: Someone;
let ids: Ids;
beforeAll(async () => {
  stack = await startTestStack();
  ({ ada, ids } = await peopleTheWorld(stack));
});
afterAll(() => stack?.stop());

let known: Record<string, string> | undefined;

/** Events wait in the same databases, so nothing has to be waited for. */
async function unchangedBy<Result>(work: () => Promise<Result>): Promise<Result> {
  const before = (known ??= await fingerprint(stack.databases));
  expect(before['tweets.tweet']).toMatch(/^[1-9]/);
  const result = await work();
  known = await fingerprint(stack.databases);
  expect(known).toEqual(before);
  return result;
}

describe.each([
  ['posts', BAD_POSTS],
  ['targets', BAD_TARGETS],
  ['people', BAD_PEOPLE],
  ['hashtags', BAD_HASHTAGS],
  ['accounts', BAD_ACCOUNTS],
] as const)('bad %s', (_kind, cases) => {
  test.each(cases)('%s: %s is refused and changes nothing', async (_what, field, input, code, at) => {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
    const mutation = `mutation ($input: ${type}!) { ${field}(input: $input) { ${RESULT[field] ?? 'user { id }'} userErrors { code field message } } }`;
    const answer = await unchangedBy(() =>
      ada.ask<Record<string, Input & { userErrors: ToldUserError[] }>>(mutation, { input: input(ids) }),
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.status).toBe(200);
    expectOneUserError(answer.data?.[field] ?? { userErrors: [] }, { code, field: at });
  });
});

describe('bad arguments', () => {
  test.each([...BAD_PAGES, ...BAD_ARGUMENTS])('%s', async (_what, query, variables, code) => {
    const answer = await ada.ask(query, variables(ids));
    expectOneError(answer, code);
    expect([200, 400]).toContain(answer.status);
  });

  test('none of them has changed anything', async () => {
    await unchangedBy(async () => {
      for (const [, query, variables] of BAD_ARGUMENTS) await ada.ask(query, variables(ids));
    });
  });

  test('what never was is null, and no error', async () => {
    const { data, errors } = await ada.ask(
      `query ($id: ID!, $handle: String!) {
        tweet(id: $id) { id } tweets(ids: [$id]) { id } conversation(tweetId: $id) { tweet { id } }
        byId: user(id: $id) { id } users(ids: [$id]) { id } byHandle: user(handle: $handle) { id }
      }`,
      { id: UNKNOWN_ID, handle: LONE_SURROGATE },
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      tweet: null,
      tweets: [null],
      conversation: null,
      byId: null,
      users: [null],
      byHandle: null,
    });
  });
});

describe('cursors', () => {
  test('of one list are foreign to every other', async () => {
    await act(ada, 'bookmarkTweet', ids.ofFriend);
    const read = async (path: keyof typeof PAGES, after?: string) =>
      ada.ask<unknown>(PAGES[path], variablesOf(ids, PAGES[path], { first: 1, after }));
    const home = /"cursor":"([^"]+)"/.exec(JSON.stringify((await read('homeTimeline')).data))?.[1];
    const kept = /"cursor":"([^"]+)"/.exec(JSON.stringify((await read('bookmarks')).data))?.[1];
    expect(home).toBeDefined();
    expect(kept).toBeDefined();
    for (const path of Object.keys(PAGES) as (keyof typeof PAGES)[]) {
      if (path !== 'homeTimeline') expectOneError(await read(path, home), 'BAD_CURSOR');
      if (path !== 'bookmarks') expectOneError(await read(path, kept), 'BAD_CURSOR');
    }
  });

  test('of one person’s page or one search mean nothing on another’s', async () => {
    const page =
      'query ($id: ID!, $after: String) { user(id: $id) { tweets(first: 1, after: $after) { edges { cursor } } } }';
    const { user } = await ada.get<{ user: { tweets: { edges: { cursor: string }[] } } }>(page, { id: ids.self });
    expectOneError(await ada.ask(page, { id: ids.friend, after: user.tweets.edges[0]?.cursor }), 'BAD_CURSOR');

    const search =
      'query ($query: String!, $after: String) { searchTweets(query: $query, first: 1, after: $after) { edges { cursor } } }';
    await stack.drain();
    const { searchTweets } = await ada.get<{ searchTweets: { edges: { cursor: string }[] } }>(search, {
      query: 'mine',
    });
    expect(searchTweets.edges).toHaveLength(1);
    expectOneError(await ada.ask(search, { query: 'other', after: searchTweets.edges[0]?.cursor }), 'BAD_CURSOR');
  });
});

test('what is just short enough is posted', async () => {
  for (const text of [
    'a'.repeat(280),
    '🦜'.repeat(140),
    'https://example.org/a/very/long/page/of/it '.repeat(11),
    '👨‍👩‍👧‍👦'.repeat(140),
  ])
    await post(ada, text);
});
