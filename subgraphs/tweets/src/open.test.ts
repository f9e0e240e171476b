import { isId, isRetweetId } from '@starling/domain/ids.ts';
import { createEmbeddedCache } from '@starling/kit/cache/embedded.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import { executeInSubgraph } from '@starling/kit/subgraph/execute-in-subgraph.ts';
import { createTestDatabase } from '@starling/kit/testing/test-database.ts';
import { expect, it } from 'vitest';
import { tweetsConfig } from './config.ts';
import { openTweets } from './open.ts';
import { callOf } from './testing/test-tweets.ts';

it('opens on an empty database, posts and retweets under leased ids, tells its outbox, and closes', async () => {
  const database = await createTestDatabase();
  const ada = '1234567890123456789';
  const facts = { id: ada, handle: 'ada', name: 'Ada', state: 'active', isPrivate: false, revision: 1n };
  const shared = {
    logger: createLogger({ name: 'test', level: 'silent' }),
    cache: createEmbeddedCache(),
    pubsub: createEmbeddedPubSub(),
    services: {
      users: { getUsers: async () => ({ users: [facts] }), getUsersByHandle: async () => ({ users: [] }) },
      graph: { getRelationsTo: async () => ({ relations: [] }) },
    },
  };
  const tweets = await openTweets(tweetsConfig.parse({ databaseUrl: database.url }), shared);
  let commits = 0;
  tweets.outbox?.onCommit(() => (commits += 1));
  const mutate = async (mutation: string) =>
    (await executeInSubgraph(tweets.subgraph, { query: `mutation { ${mutation} { tweet { id } } }` }, callOf(ada)))
      .data;
  const posted = (await mutate('postTweet(input: { text: "hello" })')) as { postTweet: { tweet: { id: string } } };
  const { id } = posted.postTweet.tweet;
  expect([isId(id), isRetweetId(id)]).toEqual([true, false]);
  expect(await mutate(`retweet(input: { tweetId: "${id}" })`)).toEqual({ retweet: { tweet: { id } } });
  expect(commits).toBe(2);
  const { entries } = await tweets.rpc.listByActors(callOf(null), {
    actorIds: [ada],
    beforeId: '',
    afterId: '',
    limit: 10,
  });
  expect(entries.map((entry) => [isRetweetId(entry.id), entry.tweetId])).toEqual([
    [true, id],
    [false, id],
  ]);
  expect(await tweets.operators.reconcileCounters()).toEqual([]);
  await tweets.ping();
  await tweets.close();
  await database.drop();
});
