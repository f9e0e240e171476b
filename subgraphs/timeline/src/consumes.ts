import { timeOfId } from '@starling/domain/ids.ts';
import { systemCall } from '@starling/kit/call.ts';
import type { Consumer } from '@starling/kit/event-log/consumer.ts';
import type { LogRecord } from '@starling/kit/event-log/port.ts';
import { relationTopic, type RelationEvent } from '@starling/schema/events/relation-v1.ts';
import type { TweetEvent } from '@starling/schema/events/tweet-v1.ts';
import { userTopic, type UserEvent } from '@starling/schema/events/user-v1.ts';
import { announceTagged, type TaggedTweet } from './announce-tagged.ts';
import { createContinuations, type ContinuationDeps, type Continuations } from './continue-pushes.ts';
import type { FameView } from './fame-view.ts';
import { fanOut, type FanOutDeps, type Push } from './fan-out.ts';
import { encodeNews, homeChannel } from './live-channel.ts';
import { noteDeliveries, type NoteDeps } from './note-deliveries.ts';
import { createPrecedence } from './precedence.ts';
import { newEntries, parseTweets, SLICES, TWEETS } from './push-records.ts';
import { refreshTimelines, type RefreshDeps } from './refresh-timelines.ts';
import type { TimelineStore } from './timeline-store/port.ts';

export type ConsumerDeps = FanOutDeps &
  NoteDeps &
  ContinuationDeps &
  RefreshDeps & { fame: Pick<FameView, 'current'>; store: Pick<TimelineStore, 'push' | 'reached' | 'drop' | 'read'> };

const BATCH_MS = 60_000;

/** Followers that an entry is pushed to together with other entries: all that most authors have. */
const FOLLOWERS_AT_FIRST = 500;
/** Big pushes go in turns of so many deliveries, about a millisecond, between which tweets have theirs. */
const SWIFT = { deliveriesAPush: 250 };
/** While tweets come: nobody has to wait for a page of thousands of followers, or behind several calls to the store. */
const CONSIDERATE = { deliveriesAPush: 100, followersAPage: 500, followersASlice: 2_000, pushesUnderWay: 1 };
/** A big push waits no longer for tweets before its next turn, so that it gets on however many of them come. */
const PRECEDENCE = { longestMs: 5, calmAfterMs: 30 };

/**
 * No event is older than what it would undo here, so none is dropped by its revision: lists hold ids, and what an id stands
 * for is looked up at each read. Hence deletions, undone retweets, unfollows, blocks and changed profiles take nothing out: a
 * reader sees them at once, however late the log is. A follow is seen at once as well; its event only makes the list ready.
 */
export function timelineConsumers(deps: ConsumerDeps): Consumer[] {
  const { first, giveWay, isCalm } = createPrecedence(PRECEDENCE);
  const continuations = createContinuations(deps);
  const atFirst = { ...deps, continuations, ...atMost(deps, { followersASlice: FOLLOWERS_AT_FIRST }) };
  const swift = { ...deps, continuations, giveWay, ...atMost(deps, SWIFT) };
  const considerate = { ...swift, ...atMost(deps, CONSIDERATE) };
  return [
    pusher(deps, TWEETS, (batch) => first(() => handleTweets(atFirst, batch))),
    { ...pusher(deps, SLICES, (batch) => handleSlices(isCalm() ? swift : considerate, batch)), concurrency: 1 },
    { group: 'timeline-follows', topics: [relationTopic.name], handle: (batch) => handleRelations(deps, batch) },
    { group: 'timeline-erasure', topics: [userTopic.name], handle: (batch) => handleUsers(deps, batch) },
  ];
}

type Sizes = Pick<FanOutDeps, 'followersAPage' | 'followersASlice' | 'deliveriesAPush' | 'pushesUnderWay'>;

function atMost(configured: Sizes, most: Partial<Sizes>): Partial<Sizes> {
  const names = Object.keys(most) as (keyof Sizes)[];
  return Object.fromEntries(names.map((name) => [name, Math.min(configured[name], most[name] ?? Infinity)]));
}

/** Tells the store how far the log is pushed: of a batch in hand, up to its first record. */
function pusher(
  { store }: Pick<ConsumerDeps, 'store'>,
  { group, topic, maxBatch }: typeof TWEETS,
  handle: Consumer['handle'],
): Consumer {
  return {
    ...{ group, topics: [topic], maxBatch },
    async handle(batch) {
      const [first, last] = [batch[0], batch.at(-1)];
      if (first) store.reached(first);
      await handle(batch);
      if (last) store.reached({ ...last, offset: last.offset + 1n });
    },
  };
}

type PushDeps = FanOutDeps & NoteDeps & { fame: Pick<FameView, 'current'>; continuations: Continuations };

async function handleTweets(deps: PushDeps, batch: readonly LogRecord[]): Promise<void> {
  const events = parseTweets(batch);
  const entries = newEntries(events);
  if (entries.length === 0) return;
  // First, as it takes next to no time; a repeated batch tells nobody twice.
  await announceTagged(
    deps,
    events.flatMap(({ event, trace }) => taggedTweet(event).map((tweet) => ({ ...tweet, trace }))),
  );
  const pushes = deps.continuations.begin(await deps.fame.current(), entries);
  await pushOn(deps, `fanout-${placeOf(batch)}`, pushes);
}

async function handleSlices(deps: PushDeps, batch: readonly LogRecord[]): Promise<void> {
  const pushes = deps.continuations.due(batch);
  await pushOn(deps, `slices-${placeOf(batch)}`, pushes);
  deps.continuations.done(pushes);
}

/** What is left is published last: a failure before that is tried again, and must not have sent anything on its way. */
async function pushOn(deps: PushDeps, requestId: string, pushes: readonly Push[]): Promise<void> {
  if (pushes.length === 0) return;
  const slices = await fanOut(deps, systemCall(requestId, { timeoutMs: BATCH_MS }), pushes);
  await noteDeliveries(deps, slices);
  await deps.continuations.publish(slices.flatMap(({ left }) => left ?? []));
}

function placeOf([first]: readonly LogRecord[]): string {
  return `${first?.partition}-${first?.offset}`;
}

function taggedTweet(event: TweetEvent): Omit<TaggedTweet, 'trace'>[] {
  if (event.type !== 'tweet.posted') return [];
  return [{ entryId: event.tweetId, hashtags: event.hashtags, at: timeOfId(event.tweetId) }];
}

async function handleRelations(deps: ConsumerDeps, batch: readonly LogRecord[]): Promise<void> {
  const events = batch.map(({ value }) => relationTopic.parse(value));
  const actorsOf = (...types: RelationEvent['type'][]) =>
    new Set(events.filter(({ type }) => types.includes(type)).map(({ actorId }) => actorId));
  // Who listens has somebody more to listen to, should they be famous or become so, or other hashtags. Lists can wait, and may have to.
  const listeners = actorsOf('user.followed', 'hashtag.followed', 'hashtag.unfollowed');
  if (listeners.size > 0)
    await deps.pubsub.publish([...listeners].map(homeChannel), encodeNews({ follows: 'changed' }));
  const followers = actorsOf('user.followed');
  await refreshTimelines(deps, systemCall(`follows-${placeOf(batch)}`, { timeoutMs: BATCH_MS }), followers);
}

/** Nobody reads their lists; who comes back gets a new one. */
const GONE: ReadonlySet<UserEvent['type']> = new Set(['user.deactivated', 'user.suspended', 'user.erased']);

async function handleUsers({ store }: ConsumerDeps, batch: readonly LogRecord[]): Promise<void> {
  const events = batch.map(({ value }) => userTopic.parse(value));
  const gone = events.filter(({ type }) => GONE.has(type)).map(({ userId }) => userId);
  if (gone.length > 0) await store.drop(gone);
}
