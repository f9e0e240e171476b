import type { Id } from '@starling/domain/ids.ts';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Store } from './store.ts';
import { act, post, see } from './testing/operations.ts';
import { callOf, openTestTweets, type TestTweets } from './testing/test-tweets.ts';

const PEOPLE = 3;
const FIELDS =
  'text likeCount retweetCount replyCount quoteCount viewerHasLiked viewerHasRetweeted viewerHasBookmarked';
const MUTATIONS = [
  'deleteTweet',
  'retweet',
  'undoRetweet',
  'likeTweet',
  'unlikeTweet',
  'bookmarkTweet',
  'removeBookmark',
] as const;

const step = fc.record({
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...MUTATIONS) },
    { weight: 4, arbitrary: fc.constantFrom('post' as const, 'reply' as const) },
    { weight: 2, arbitrary: fc.constantFrom('import' as const, 'importRetweet' as const) },
    { weight: 1, arbitrary: fc.constant('erase' as const) },
  ),
  /** While everything that caches hold is just being loaded; or once more, for nobody has answered, nor dropped what is cached. */
  how: fc.constantFrom('plain' as const, 'race' as const, 'again' as const),
  who: fc.nat({ max: PEOPLE - 1 }),
  tweet: fc.nat(),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

let tweets: TestTweets;
let loads: ReturnType<typeof createLoads>;
let run = 0;
beforeEach(async () => {
  loads = createLoads();
  tweets = await openTestTweets({ wrapStore: loads.slowed });
});
afterEach(() => tweets.close());

/** Loads of the caches that can be held: they have read the database, and answer only when they are let go. */
function createLoads() {
  let held: PromiseWithResolvers<undefined> | null = null;
  const slow =
    <Args extends unknown[], Result>(read: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const gate = held;
      const result = await read(...args);
      await gate?.promise;
      return result;
    };
  return {
    slowed: (store: Store): Store => ({
      ...store,
      readAuthorImages: slow(store.readAuthorImages),
      readHashtagImages: slow(store.readHashtagImages),
      readCounters: slow(store.readCounters),
      readMarksImage: slow(store.readMarksImage),
      readTweetFacts: slow(store.readTweetFacts),
    }),
    /** Loads that begin while `begin` runs wait; answers the way to let them go. */
    async hold(begin: () => Promise<unknown>): Promise<() => Promise<unknown>> {
      const gate = Promise.withResolvers<undefined>();
      held = gate;
      const begun = begin();
      // They have begun when the database has answered others that came after them.
      await tweets.pool.query('SELECT 1');
      await tweets.pool.query('SELECT 1');
      held = null;
      return async () => {
        gate.resolve(undefined);
        await begun;
      };
    },
  };
}

const list = async (actorIds: Id[], mayBeCached: boolean) => {
  const query = { actorIds, beforeId: '', afterId: '', limit: 12, mayBeCached };
  return (await tweets.rpc.listByActors(callOf(null), query)).entries;
};

const tagged = async (mayBeCached: boolean) => {
  const query = { hashtags: ['even', 'odd', 'all'], beforeId: '', afterId: '', limit: 12, mayBeCached };
  return (await tweets.rpc.listByHashtags(callOf(null), query)).entries;
};

it('shows every change that was answered at the next read, whatever is loaded meanwhile and whatever the cache has lost', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), walk), { numRuns: 25 });
}, 120_000);

async function walk(steps: readonly Step[]): Promise<void> {
  run += 1;
  const people = Array.from({ length: PEOPLE }, (_, index) => tweets.addPerson(`p${run}x${index}`));
  const ids = [await post(tweets, people[0] ?? '', { text: 'first' })];
  for (const [index, { what, who, tweet, how }] of steps.entries()) {
    const userId = people[who] ?? '';
    const readAll = () =>
      Promise.all([list(people, true), tagged(true), ...ids.map((id) => see(tweets, userId, id, FIELDS))]);
    const doing = { userId, tweetId: ids[tweet % ids.length] ?? '', index, ids };
    // What is erased is dropped by its events.
    if (how === 'again' && what !== 'erase') {
      await readAll();
      await tweets.unanswered(() => change(what, { ...doing, ids: [] }));
      await readAll();
    }
    if (how === 'race') await tweets.cache.clear();
    const letGo = how === 'race' ? await loads.hold(readAll) : async () => undefined;
    await change(what, doing);
    // Reads that begin now share no load that began before the change.
    await Promise.all([expectTruth(people, userId, ids), letGo()]);
    await expectTruth(people, userId, ids);
  }
  for (const userId of people) await expectTruth(people, userId, ids);
}

type Doing = { userId: Id; tweetId: Id; index: number; ids: Id[] };

async function change(what: Step['what'], doing: Doing): Promise<void> {
  const { userId, tweetId, index, ids } = doing;
  const key = `${run}-${index}`;
  const atMs = BigInt(Date.UTC(2020, 0, 1) + index);
  const text = `${key} #${index % 2 ? 'odd' : 'even'} #all`;
  if (what === 'post') ids.push(await post(tweets, userId, { text, idempotencyKey: key }));
  else if (what === 'reply') {
    const id = await post(tweets, userId, { text, replyToId: tweetId, idempotencyKey: key });
    if (/^\d+$/.test(id)) ids.push(id);
  } else if (what === 'import') {
    const one = { key, authorId: userId, text, atMs, replyToKey: '', quotedKey: '' };
    ids.push(...(await tweets.rpc.importTweets(callOf(null), { tweets: [one] })).ids);
  } else if (what === 'importRetweet') {
    const engagements = ['like', 'retweet'].map((kind) => ({ userId, tweetId, kind, atMs }));
    await tweets.rpc.importEngagements(callOf(null), { engagements });
  } else if (what === 'erase') {
    const event = { type: 'user.erased', userId, eventId: key, revision: 2, version: 1, at: 1 };
    const record = { topic: 'user.v1', key: userId, value: JSON.stringify(event), headers: {} };
    const consumer = tweets.consumers.find(({ group }) => group === 'tweets-users');
    await consumer?.handle([{ ...record, partition: 0, offset: 0n, appendedAt: 0 }]);
  } else await act(tweets, userId, what, tweetId);
}

/** What is read through the caches equals what the tables say. */
async function expectTruth(people: Id[], userId: Id, ids: readonly Id[]): Promise<void> {
  expect(await list(people, true)).toEqual(await list(people, false));
  expect(await tagged(true)).toEqual(await tagged(false));
  const { rows } = await tweets.pool.query<{ id: Id }>(TRUTH, [ids, userId]);
  const seen = await Promise.all(
    rows.map(async ({ id, ...truth }) => [await see(tweets, userId, id, FIELDS), { ...truth }] as const),
  );
  for (const [shown, truth] of seen) expect(shown).toEqual(truth);
  const retweets = await tweets.pool.query<{ id: Id; stands: boolean }>(RETWEETS, [ids]);
  const { entries } = await tweets.rpc.getEntries(callOf(null), { ids: retweets.rows.map(({ id }) => id) });
  expect(entries.map(({ id }) => id)).toEqual(retweets.rows.filter(({ stands }) => stands).map(({ id }) => id));
}

const RETWEETS =
  'SELECT id, undone_at IS NULL AS stands FROM retweet WHERE tweet_id = ANY($1::bigint[]) ORDER BY id LIMIT 1000';

const TRUTH = `
  SELECT t.id, CASE WHEN t.state = 'live' THEN t.text END AS text, CASE WHEN t.state = 'live' THEN c.like_count END AS "likeCount",
    CASE WHEN t.state = 'live' THEN c.retweet_count END AS "retweetCount",
    CASE WHEN t.state = 'live' THEN c.reply_count END AS "replyCount",
    CASE WHEN t.state = 'live' THEN c.quote_count END AS "quoteCount",
    CASE WHEN t.state = 'live' THEN EXISTS (SELECT FROM tweet_like WHERE user_id = $2 AND tweet_id = t.id) END AS "viewerHasLiked",
    CASE WHEN t.state = 'live' THEN
      EXISTS (SELECT FROM retweet WHERE user_id = $2 AND tweet_id = t.id AND undone_at IS NULL) END AS "viewerHasRetweeted",
    CASE WHEN t.state = 'live' THEN EXISTS (SELECT FROM bookmark WHERE user_id = $2 AND tweet_id = t.id) END AS "viewerHasBookmarked"
  FROM tweet t JOIN tweet_counter c ON c.tweet_id = t.id WHERE t.id = ANY($1::bigint[])`;
