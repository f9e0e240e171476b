import { createBuckets, groupForScripts } from '../redis/redis-buckets.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { createListeners } from './listeners.ts';
import type { PubSub } from './port.ts';

export type RedisPubSubOptions = {
  redis: RedisConnection;
  namespace: string;
};

/** Part of the names on the wire: the same in every process of an installation. */
const BUCKETS = 256;
const CHANNELS_A_CALL = 1_000;

const PUBLISH = `for _, channel in ipairs(KEYS) do redis.call('SPUBLISH', channel, ARGV[1]) end`;

/**
 * Push between processes, by sharded channels named `{<namespace>:p<bucket>}<channel>`: on Redis Cluster a message goes
 * only to the shard of its channel. Each process has one link to each server that holds a channel somebody listens to there.
 */
export function createRedisPubSub({ redis, namespace }: RedisPubSubOptions): PubSub & {
  /** Channels somebody listens to, in whatever process. */
  channelCount(): Promise<number>;
} {
  const buckets = createBuckets(`${namespace}:p`, BUCKETS);
  const publishAll = redis.defineScript(PUBLISH);
  const { listeners, stand, close } = createSubscriptions(redis, (channel) => buckets.of(channel) + channel);

  return {
    async publish(channels, payload) {
      const calls = groupForScripts(new Set(channels), {
        bucketOf: buckets.of,
        isCluster: redis.isCluster,
        max: CHANNELS_A_CALL,
      });
      const namesOf = (items: readonly string[]) => items.map((channel) => buckets.of(channel) + channel);
      await Promise.all(calls.map(({ items }) => publishAll(namesOf(items), [payload])));
    },

    async subscribe(channels, { maxBuffered } = {}) {
      let standing: readonly string[] = [];
      // Before the subscription stands, so that it lets nothing pass.
      const { messages, change } = listeners.add(channels, { maxBuffered });
      async function listenTo(next: readonly string[]): Promise<void> {
        if (!change([...standing, ...next])) return;
        try {
          await stand(next);
        } catch (error) {
          change(standing);
          throw error;
        }
        standing = [...next];
        change(standing);
      }
      try {
        await listenTo(channels);
      } catch (error) {
        await messages.return?.();
        throw error;
      }
      return { ...messages, listenTo };
    },

    close,

    async channelCount() {
      const pattern = `{${escapePattern(namespace)}:p*`;
      const found = await Promise.all(redis.masters().map((node) => node.pubsub('SHARDCHANNELS', pattern)));
      return found.flat().length;
    },
  };
}

/** What this process listens to, one subscription for everybody who listens to the same channel. */
function createSubscriptions(redis: RedisConnection, nameOf: (channel: string) => string) {
  /** Subscriptions that stand or are on their way. */
  const standing = new Map<string, Promise<void>>();
  const channelOf = (name: string) => name.slice(name.indexOf('}') + 1);
  const listeners = createListeners({
    onEmpty(channels) {
      for (const channel of channels) standing.delete(channel);
      subscriber.unsubscribe(channels.map(nameOf));
    },
  });
  const subscriber = redis.openSubscriber({
    onMessage: (name, payload) => listeners.push(channelOf(name), payload),
    onGap: (names) => listeners.miss(names.map(channelOf)),
  });
  return {
    listeners,
    async stand(wanted: readonly string[]): Promise<void> {
      const channels = [...new Set(wanted)];
      const added = channels.filter((channel) => !standing.has(channel));
      const subscribing = added.length === 0 ? Promise.resolve() : subscriber.subscribe(added.map(nameOf));
      for (const channel of added) standing.set(channel, subscribing);
      await Promise.all(channels.map((channel) => standing.get(channel) ?? subscribing));
    },
    async close(): Promise<void> {
      listeners.endAll();
      subscriber.close();
    },
  };
}

function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]^-]/g, '\\$&');
}
