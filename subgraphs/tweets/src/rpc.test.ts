import { isRetweetId, timeOfId } from '@starling/domain/ids.ts';
import type { ImportedTweet } from '@starling/schema/generated/rpc/tweets.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, eventsOf, post, see, wrongCounters } from './testing/operations.ts';
import { callOf, openTestTweets, type TestTweets } from './testing/test-tweets.ts';

let tweets: TestTweets;
let people: string[];
let ada: string;
let ben: string;
const call = callOf(null);
beforeAll(async () => {
  tweets = await openTestTweets();
  people = ['ada', 'ben', 'cleo', 'dan', 'eve'].map((handle) => tweets.addPerson(handle));
  [ada = '', ben = ''] = people;
});
afterAll(() => tweets.close());

const lastRetweetId = async () => String((await eventsOf(tweets, 'tweet.retweeted')).at(-1)?.retweetId);
const entriesOf = async (...ids: string[]) => (await tweets.rpc.getEntries(call, { ids })).entries;

describe('ListTweets', () => {
  it('gives every tweet once, deleted ones blank, with what its event said', async () => {
    const root = await post(tweets, ada, { text: 'About #Cats and #cats' });
    const reply = await post(tweets, ben, { text: 'yes @ada', replyToId: root });
    const gone = await post(tweets, ben, { text: 'gone #soon' });
    await act(tweets, ben, 'deleteTweet', gone);
    const listed = [];
    let total = 0n;
    for (let afterId = ''; ;) {
      const page = await tweets.rpc.listTweets(call, { afterId, limit: 2 });
      listed.push(...page.tweets);
      total ||= page.total;
      if (page.tweets.length < 2) break;
      afterId = page.tweets[1]?.id ?? '';
    }
    expect(total).toBe(BigInt(listed.length));
    const ids = listed.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    const blank = { text: '', parentAuthorId: '', hashtags: [], mentionedIds: [] };
    expect(listed.filter(({ id }) => [root, reply, gone].includes(id))).toEqual([
      {
        ...blank,
        id: root,
        authorId: ada,
        text: 'About #Cats and #cats',
        hashtags: ['Cats', 'cats'],
        state: 'live',
        revision: 1n,
      },
      {
        ...blank,
        id: reply,
        authorId: ben,
        text: 'yes @ada',
        parentAuthorId: ada,
        mentionedIds: [ada],
        state: 'live',
        revision: 1n,
      },
      { ...blank, id: gone, authorId: ben, state: 'deleted', revision: 2n },
    ]);
  });

  it.each([
    ['no tweet at a time', { afterId: '', limit: 0 }],
    ['too many', { afterId: '', limit: 1_001 }],
    ['what is no id', { afterId: 'x', limit: 1 }],
  ])('refuses %s', async (_, page) => {
    await expect(tweets.rpc.listTweets(call, page)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('GetEntries', () => {
  it('gives the facts of tweets and retweets in the order asked for', async () => {
    const root = await post(tweets, ada, { text: 'root' });
    const reply = await post(tweets, ben, { text: 'reply #Now', replyToId: root });
    await act(tweets, ada, 'retweet', reply);
    const retweet = await lastRetweetId();
    const facts = {
      tweetId: reply,
      authorId: ben,
      parentId: root,
      parentAuthorId: ada,
      conversationId: root,
      state: 'live',
      hashtags: ['now'],
    };
    expect(await entriesOf(retweet, '1234567890123456789', root, reply)).toEqual([
      { ...facts, id: retweet, actorId: ada },
      {
        id: root,
        actorId: ada,
        tweetId: root,
        authorId: ada,
        parentId: '',
        parentAuthorId: '',
        conversationId: root,
        state: 'live',
        hashtags: [],
      },
      { ...facts, id: reply, actorId: ben },
    ]);
  });

  it('knows of deletions and undone retweets before the mutation answers', async () => {
    const id = await post(tweets, ada, { text: 'x' });
    await act(tweets, ben, 'retweet', id);
    const retweet = await lastRetweetId();
    expect(await entriesOf(id, retweet)).toHaveLength(2);
    await act(tweets, ben, 'undoRetweet', id);
    expect(await entriesOf(id, retweet)).toMatchObject([{ id }]);
    await act(tweets, ben, 'retweet', id);
    const again = await lastRetweetId();
    await act(tweets, ada, 'deleteTweet', id);
    expect(await entriesOf(id, again)).toMatchObject([
      { id, state: 'deleted' },
      { id: again, state: 'deleted' },
    ]);
  });

  it('finds who of some people has retweeted a tweet, as long as it stands', async () => {
    const [, , cleo = '', dan = ''] = people;
    const id = await post(tweets, ada, { text: 'x' });
    const retweetBy = async (person: string) => (await act(tweets, person, 'retweet', id), lastRetweetId());
    const [byBen, byCleo] = [await retweetBy(ben), await retweetBy(cleo)];
    await retweetBy(dan);
    const find = async (userIds: string[]) => (await tweets.rpc.findRetweets(call, { tweetId: id, userIds })).ids;
    expect(await find([ben, cleo, ada])).toEqual([byCleo, byBen]);
    await act(tweets, cleo, 'undoRetweet', id);
    expect(await find([ben, cleo])).toEqual([byBen]);
    expect(await find([])).toEqual([]);
    await expect(find(['x'])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('finds a tweet that was asked for before it was posted', async () => {
    const { rows } = await tweets.pool.query<{ id: string }>(
      'SELECT max(id) AS id FROM (SELECT id FROM tweet UNION SELECT id FROM retweet) all_ids',
    );
    const last = BigInt(rows[0]?.id ?? 0);
    const early = Array.from({ length: 20 }, (_, index) =>
      ((((last >> 22n) + BigInt(index)) << 22n) | (1n << 13n)).toString(),
    );
    expect(await entriesOf(...early)).not.toHaveLength(20);
    const id = await post(tweets, ada, { text: 'x' });
    expect(early).toContain(id);
    expect(await entriesOf(id)).toHaveLength(1);
    expect(await see(tweets, null, id, 'text')).toEqual({ text: 'x' });
  });

  it('refuses too many ids and malformed ones', async () => {
    await expect(entriesOf('nonsense')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(entriesOf(...Array<string>(1_001).fill('1234567890123456789'))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});

const AT = Date.UTC(2020, 5, 1);
const past = (key: string, parts: Partial<ImportedTweet> = {}): ImportedTweet => ({
  key,
  authorId: ada,
  text: key,
  atMs: BigInt(AT),
  replyToKey: '',
  quotedKey: '',
  ...parts,
});

describe('ImportTweets', () => {
  it('posts at past moments, replies by key, and may be repeated', async () => {
    const batch = [
      past('a'),
      past('b', { authorId: ben, replyToKey: 'a', quotedKey: 'a', atMs: BigInt(AT + 5) }),
      past('a'),
      past('c', { text: 'hi @ben #x' }),
    ];
    const first = await tweets.rpc.importTweets(call, { tweets: batch });
    const [a = '', b = '', again, c = ''] = first.ids;
    expect(first.created).toBe(3);
    expect(again).toBe(a);
    expect([timeOfId(a), timeOfId(b), isRetweetId(b)]).toEqual([AT, AT + 5, false]);
    expect(await tweets.rpc.importTweets(call, { tweets: [...batch, past('d', { replyToKey: 'b' })] })).toMatchObject({
      created: 1,
      ids: first.ids.concat(expect.any(String) as never),
    });
    expect(await see(tweets, null, a, 'replyCount quoteCount')).toEqual({ replyCount: 1, quoteCount: 1 });
    expect(await see(tweets, null, b, 'text conversationId replyCount inReplyTo { id }')).toEqual({
      text: 'b',
      conversationId: a,
      replyCount: 1,
      inReplyTo: { id: a },
    });
    expect((await eventsOf(tweets, 'tweet.posted')).filter(({ tweetId }) => tweetId === c)).toMatchObject([
      { hashtags: ['x'], mentionedIds: [ben] },
    ]);
    expect(await wrongCounters(tweets)).toEqual([]);
  });

  it('finds an id for each of more tweets than one millisecond has, from several importers at once', async () => {
    const atMs = BigInt(AT + 60_000);
    const batches = Array.from({ length: 5 }, (_, batch) =>
      Array.from({ length: 900 }, (__, index) => past(`m${batch}-${index}`, { atMs })),
    );
    const answers = await Promise.all(batches.map((batch) => tweets.rpc.importTweets(call, { tweets: batch })));
    const ids = answers.flatMap((answer) => answer.ids);
    expect(new Set(ids).size).toBe(4_500);
    expect(new Set(ids.map(timeOfId))).toEqual(new Set([AT + 60_000, AT + 60_001]));
  });

  it.each([
    ['an unknown key to answer', past('x1', { replyToKey: 'no such key' })],
    ['a tweet that answers a later one', past('x2', { replyToKey: 'x2' })],
    ['an empty text', past('x3', { text: '' })],
    ['a moment to come', past('x4', { atMs: BigInt(Date.UTC(2060, 0, 1)) })],
    ['a moment before all ids', past('x5', { atMs: 0n })],
    ['no author', past('x6', { authorId: 'me' })],
    ['no key', past('')],
  ])('refuses %s and stores nothing of the batch', async (_, bad) => {
    await expect(tweets.rpc.importTweets(call, { tweets: [past(`good-${bad.key}`), bad] })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    const { rows } = await tweets.pool.query('SELECT key FROM import_key WHERE key = $1', [`good-${bad.key}`]);
    expect(rows).toEqual([]);
  });
});

describe('ImportEngagements', () => {
  it('leaves alone what stands, passes over what is gone, and may be repeated', async () => {
    const { ids } = await tweets.rpc.importTweets(call, { tweets: [past('e1'), past('e2')] });
    const [one = '', two = ''] = ids;
    await act(tweets, ada, 'deleteTweet', two);
    await act(tweets, ben, 'likeTweet', one);
    const engagements = people.flatMap((userId) =>
      [one, two].flatMap((tweetId) =>
        ['like', 'retweet'].map((kind) => ({ userId, tweetId, kind, atMs: BigInt(AT + 10) })),
      ),
    );
    expect(await tweets.rpc.importEngagements(call, { engagements: [...engagements, ...engagements] })).toEqual({
      created: 2 * people.length - 1,
    });
    expect(await tweets.rpc.importEngagements(call, { engagements })).toEqual({ created: 0 });
    expect(await see(tweets, null, one, 'likeCount retweetCount')).toEqual({
      likeCount: people.length,
      retweetCount: people.length,
    });
    expect(timeOfId(await lastRetweetId())).toBe(AT + 10);
    expect(await wrongCounters(tweets)).toEqual([]);
    const counted = (await eventsOf(tweets, 'tweet.counted')).filter(({ tweetId }) => tweetId === one);
    expect(counted.map(({ revision }) => revision)).toEqual(
      Array.from({ length: 2 * people.length }, (_, index) => index + 1),
    );
  });

  it('refuses what it does not know', async () => {
    const engagements = [{ userId: ada, tweetId: ada, kind: 'poke', atMs: BigInt(AT) }];
    await expect(tweets.rpc.importEngagements(call, { engagements })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
