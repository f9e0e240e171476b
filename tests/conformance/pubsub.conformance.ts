import { createEmbeddedPubSub } from '@starling/kit/pubsub/embedded.ts';
import type { Message, PubSub } from '@starling/kit/pubsub/port.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const ADAPTERS: Record<string, () => Promise<PubSub>> = {
  embedded: async () => createEmbeddedPubSub(),
};

describe.each(Object.entries(ADAPTERS))('pubsub: %s', (_name, open) => {
  let pubsub: PubSub;
  beforeEach(async () => void (pubsub = await open()));
  afterEach(() => pubsub.close());

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
