import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import type { Message, PubSub } from '@starling/kit/pubsub/port.ts';
import { createRedisPubSub } from '@starling/kit/pubsub/redis.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { findRedis, SILENT } from '../support/redis.ts';

type Subject = { pubsub: PubSub; /** The same in another process. */ other: PubSub };
type Adapter = { name: string; open(): Promise<{ subject(): Promise<Subject>; close(): Promise<void> }> };

const ADAPTERS: Adapter[] = [
  {
    name: 'embedded',
    open: async () => ({
      async subject() {
        const pubsub = createEmbeddedPubSub();
        return { pubsub, other: pubsub };
      },
      close: async () => {},
    }),
  },
  ...(await findRedis()).map(({ name, open }) => ({
    name,
    async open() {
      const redis = await open();
      const subject = async () => {
        const options = { redis: redis.connection, namespace: redis.newNamespace(), logger: SILENT };
        return { pubsub: createRedisPubSub(options), other: createRedisPubSub(options) };
      };
      return { subject, close: redis.close };
    },
  })),
];

describe.each(ADAPTERS)('pubsub: $name', ({ open }) => {
  let adapter: Awaited<ReturnType<typeof open>>;
  let pubsub: PubSub;
  let other: PubSub;
  beforeAll(async () => void (adapter = await open()));
  afterAll(() => adapter.close());
  beforeEach(async () => void ({ pubsub, other } = await adapter.subject()));
  afterEach(() => Promise.all([pubsub.close(), other.close()]));

  const take = async (messages: AsyncIterator<Message>, count: number) => {
    const taken: Message[] = [];
    while (taken.length < count) {
      const step = await messages.next();
      if (step.done) break;
      taken.push(step.value);
    }
    return taken;
  };
  const payloads = (messages: Message[]) => messages.map(({ payload }) => payload);

  test('a subscription listens to other channels when it is told to, loses nothing of those it keeps, and none of the rest', async () => {
    const messages = await pubsub.subscribe(['kept', 'left']);
    await other.publish(['kept'], 'one');
    await messages.listenTo(['kept', 'new', 'new']);
    for (const [channel, payload] of [
      ['left', 'unheard'],
      ['new', 'two'],
      ['kept', 'three'],
    ] as const)
      await other.publish([channel], payload);
    const heard = [(await messages.next()).value, (await messages.next()).value, (await messages.next()).value];
    expect(heard.map(({ payload }: Message) => payload).sort()).toEqual(['one', 'three', 'two']);
    await messages.return?.();
    await messages.listenTo(['kept']);
    expect(await messages.next()).toEqual({ done: true, value: undefined });
  });

  test('a channel that one subscription leaves is heard by the others, also if somebody comes back to it at once', async () => {
    const [leaver, stayer] = [await pubsub.subscribe(['a']), await pubsub.subscribe(['a'])];
    await leaver.listenTo([]);
    await other.publish(['a'], 'one');
    expect(payloads(await take(stayer, 1))).toEqual(['one']);
    await leaver.listenTo(['a']);
    await other.publish(['a'], 'two');
    expect(payloads(await take(stayer, 1))).toEqual(['two']);
    expect(payloads(await take(leaver, 1))).toEqual(['two']);
  });

  test('a message reaches everybody who subscribed before, once', async () => {
    const listeners = [await pubsub.subscribe(['a']), await pubsub.subscribe(['a', 'b'])];
    await pubsub.publish(['a'], 'one');
    await pubsub.publish(['a'], 'two');
    for (const listener of listeners) expect(payloads(await take(listener, 2))).toEqual(['one', 'two']);
  });

  test('a message to several channels says by which it came', async () => {
    const listener = await pubsub.subscribe(['a', 'b', 'a']);
    await pubsub.publish(['a', 'c', 'b', 'a'], 'x');
    await pubsub.publish(['b'], 'end');
    const messages = await take(listener, 3);
    expect(messages.map(({ channel }) => channel).sort()).toEqual(['a', 'b', 'b']);
    expect(messages.at(-1)?.payload).toBe('end');
  });

  test('nothing comes by channels one does not listen to', async () => {
    const listener = await pubsub.subscribe(['a']);
    await pubsub.publish(['b', 'ab', 'A', 'a*'], 'no');
    await pubsub.publish(['a'], 'yes');
    expect(payloads(await take(listener, 1))).toEqual(['yes']);
  });

  test('messages keep their order and content', async () => {
    const listener = await pubsub.subscribe(['a']);
    const sent = Array.from({ length: 500 }, (_, number) => `ü\u{1f426}\n${number}`);
    for (const payload of sent) await pubsub.publish(['a'], payload);
    expect(payloads(await take(listener, 500))).toEqual(sent);
  });

  test('a listener that waits is woken', async () => {
    const listener = await pubsub.subscribe(['a']);
    const waiting = [listener.next(), listener.next()];
    await pubsub.publish(['a'], 'one');
    await pubsub.publish(['a'], 'two');
    const steps = await Promise.all(waiting);
    expect(steps.map((step) => (step.done ? null : step.value.payload))).toEqual(['one', 'two']);
  });

  test('a slow listener loses its oldest messages and is told how many', async () => {
    const listener = await pubsub.subscribe(['a'], { maxBuffered: 2 });
    const other = await pubsub.subscribe(['a']);
    for (const payload of ['1', '2', '3', '4', '5']) await pubsub.publish(['a'], payload);
    await take(other, 5);
    expect(await take(listener, 2)).toEqual([
      { channel: 'a', payload: '4', dropped: 3 },
      { channel: 'a', payload: '5', dropped: 0 },
    ]);
  });

  test('return ends a listener that waits, and only that one', async () => {
    const leaving = await pubsub.subscribe(['a']);
    const staying = await pubsub.subscribe(['a']);
    const waiting = leaving.next();
    await leaving.return?.();
    expect((await waiting).done).toBe(true);
    await pubsub.publish(['a'], 'x');
    expect(payloads(await take(staying, 1))).toEqual(['x']);
    expect((await leaving.next()).done).toBe(true);
  });

  test('leaving a for-await loop ends the subscription', async () => {
    const listener = await pubsub.subscribe(['a']);
    await pubsub.publish(['a'], '1');
    await pubsub.publish(['a'], '2');
    for await (const { payload } of listener) if (payload === '1') break;
    expect((await listener.next()).done).toBe(true);
  });

  test('close ends every listener', async () => {
    const listener = await pubsub.subscribe(['a']);
    const waiting = listener.next();
    await pubsub.close();
    expect((await waiting).done).toBe(true);
  });

  test('many listen to many channels in several processes', async () => {
    const channels = Array.from({ length: 700 }, (_, number) => `home.${number}`);
    const [one, all] = [await pubsub.subscribe(['home.5']), await other.subscribe(channels)];
    await pubsub.publish(channels, 'x');
    expect((await take(all, channels.length)).map(({ channel }) => channel).sort()).toEqual(channels.sort());
    expect(await take(one, 1)).toEqual([{ channel: 'home.5', payload: 'x', dropped: 0 }]);
  });

  test('a channel can be left and heard again while others stay on it', async () => {
    const staying = await other.subscribe(['a', 'b']);
    for (let round = 0; round < 5; round += 1) {
      const listener = await pubsub.subscribe(['a']);
      await other.publish(['a'], `${round}`);
      expect(payloads(await take(listener, 1))).toEqual([`${round}`]);
      await listener.return?.();
    }
    expect(payloads(await take(staying, 5))).toEqual(['0', '1', '2', '3', '4']);
  });

  test('publishing to nobody is fine', async () => {
    await pubsub.publish([], 'x');
    await pubsub.publish(['nobody'], 'x');
  });
});

test('the embedded adapter remembers no channel that nobody listens to', async () => {
  const pubsub = createEmbeddedPubSub();
  const listeners = await Promise.all([pubsub.subscribe(['a', 'b']), pubsub.subscribe(['b'])]);
  expect(pubsub.channelCount()).toBe(2);
  for (const listener of listeners) await listener.return?.();
  await pubsub.publish(['a'], 'x');
  expect(pubsub.channelCount()).toBe(0);
});

describe.each(await findRedis())('pubsub: $name', ({ open }) => {
  test('remembers no channel that nobody listens to', async () => {
    const redis = await open();
    const options = { redis: redis.connection, namespace: redis.newNamespace(), logger: SILENT };
    const pubsub = createRedisPubSub(options);
    const listeners = await Promise.all([pubsub.subscribe(['a', 'b']), pubsub.subscribe(['b'])]);
    expect(await pubsub.channelCount()).toBe(2);
    for (const listener of listeners) await listener.return?.();
    await vi.waitFor(async () => expect(await pubsub.channelCount()).toBe(0));
    await pubsub.close();
    await redis.close();
  });

  test('the look for dead links takes none for dead that is only being opened', async () => {
    const redis = await open();
    const looks = vi.spyOn(globalThis, 'setInterval');
    const pubsub = createRedisPubSub({ redis: redis.connection, namespace: redis.newNamespace() });
    const look = looks.mock.calls[0]?.[0] as () => void;
    looks.mockRestore();
    const subscribing = pubsub.subscribe(['a']);
    look();
    const listener = await subscribing;
    look();
    await pubsub.publish(['a'], 'heard');
    expect((await listener.next()).value).toMatchObject({ payload: 'heard', dropped: 0 });
    await pubsub.close();
    await redis.close();
  });
});
