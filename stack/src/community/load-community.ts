import { systemCall } from '@starling/kit/call.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import type { Graph } from '@starling/schema/generated/rpc/graph.ts';
import type { Tweets } from '@starling/schema/generated/rpc/tweets.ts';
import type { Users } from '@starling/schema/generated/rpc/users.ts';
import type { Community } from './community.ts';

export type LoadServices = {
  users: Pick<Users<CallContext>, 'importUsers'>;
  graph: Pick<Graph<CallContext>, 'importFollows'>;
  tweets: Pick<Tweets<CallContext>, 'importTweets' | 'importEngagements'>;
};

export type LoadStep = 'people' | 'follows' | 'tweets' | 'likes and retweets';
/** Called after each batch of a step. */
export type OnLoaded = (step: LoadStep, done: number, total: number) => void;

export type LoadOptions = {
  services: LoadServices;
  password: string;
  onLoaded?: OnLoaded;
  /** Asked before each batch. */
  signal?: AbortSignal;
};

export type Loaded = {
  userIds: ReadonlyMap<string, string>;
  tweetIds: ReadonlyMap<string, string>;
  created: Record<LoadStep, number>;
};

const BATCH = 1_000;
const BATCH_TIMEOUT_MS = 120_000;

/** Loads a community through the services' bulk calls. What is there already is left alone, so it may be repeated after a crash. */
export async function loadCommunity(
  community: Community,
  { services, password, onLoaded = () => undefined, signal }: LoadOptions,
): Promise<Loaded> {
  const created: Loaded['created'] = { people: 0, follows: 0, tweets: 0, 'likes and retweets': 0 };
  const userIds = new Map<string, string>();
  const tweetIds = new Map<string, string>();
  const userId = (handle: string) => known(userIds, handle);
  const batches: OnBatch = { onLoaded, signal };

  await inBatches('people', community.people, batches, async (users) => {
    const answer = await services.users.importUsers(call(), {
      users: users.map((person) => ({ ...person, createdAtMs: BigInt(person.createdAtMs) })),
      password,
      emailDomain: 'example.org',
    });
    users.forEach(({ handle }, index) => userIds.set(handle, answer.ids[index] ?? ''));
    created.people += answer.created;
  });
  await inBatches('follows', community.follows, batches, async (follows) => {
    const answer = await services.graph.importFollows(call(), {
      follows: follows.map(({ follower, followee, atMs }) => ({
        followerId: userId(follower),
        followeeId: userId(followee),
        atMs: BigInt(atMs),
      })),
    });
    created.follows += answer.created;
  });
  await inBatches('tweets', community.tweets, batches, async (tweets) => {
    const answer = await services.tweets.importTweets(call(), {
      tweets: tweets.map(({ key, author, text, atMs, replyToKey = '', quotedKey = '' }) => ({
        key,
        authorId: userId(author),
        text,
        atMs: BigInt(atMs),
        replyToKey,
        quotedKey,
      })),
    });
    tweets.forEach(({ key }, index) => tweetIds.set(key, answer.ids[index] ?? ''));
    created.tweets += answer.created;
  });
  await inBatches('likes and retweets', community.engagements, batches, async (engagements) => {
    const answer = await services.tweets.importEngagements(call(), {
      engagements: engagements.map(({ user, tweetKey, kind, atMs }) => ({
        userId: userId(user),
        tweetId: known(tweetIds, tweetKey),
        kind,
        atMs: BigInt(atMs),
      })),
    });
    created['likes and retweets'] += answer.created;
  });
  return { userIds, tweetIds, created };
}

type OnBatch = { onLoaded: OnLoaded; signal: AbortSignal | undefined };

async function inBatches<Item>(
  step: LoadStep,
  items: readonly Item[],
  { onLoaded, signal }: OnBatch,
  load: (batch: readonly Item[]) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += BATCH) {
    signal?.throwIfAborted();
    await load(items.slice(start, start + BATCH));
    onLoaded(step, Math.min(start + BATCH, items.length), items.length);
  }
}

function known(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name);
  if (!id) throw new Error(`The community names "${name}", which it does not contain.`);
  return id;
}

function call(): CallContext {
  return systemCall('load-community', { timeoutMs: BATCH_TIMEOUT_MS });
}
