import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, eventsOf, post, see } from './testing/operations.ts';
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
