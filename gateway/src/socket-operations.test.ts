import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect, endSockets, subscribe, type SocketClient } from './testing/socket-client.ts';
import { startTestGateway, type TestGateway } from './testing/test-gateway.ts';

const MAX_OPERATIONS = 5;
const WRITTEN = 'subscription { written { text author { name lookedUp } } }';

let door: TestGateway;
beforeAll(async () => {
  door = await startTestGateway({ maxSocketOperations: MAX_OPERATIONS });
});
afterAll(() => door.stop());
afterEach(async () => {
  endSockets();
  await untilChannels(0);
});

const untilChannels = (count: number) =>
  vi.waitFor(() => expect(door.liveChannels()).toBe(count), { timeout: 5_000, interval: 5 });

async function watch(client: SocketClient, id: string): Promise<void> {
  subscribe(client, id, WRITTEN);
  await untilChannels(1);
}

/** What is sent within arrives in one piece. */
function together({ socket }: SocketClient, send: () => void): void {
  const { _socket: stream } = socket as unknown as { _socket: Socket };
  stream.cork();
  send();
  stream.uncork();
}

describe('operations', () => {
  test('queries and mutations run as over HTTP, errors and all', async () => {
    const client = await connect(door.port, await door.tokens.sign());
    subscribe(client, '1', 'mutation($text: String!) { write(text: $text) { text author { name } } }', { text: 'hi' });
    expect(await client.next()).toEqual({
      type: 'next',
      id: '1',
      payload: { data: { write: { text: 'hi', author: { name: 'Ada' } } } },
    });
    expect(await client.next()).toEqual({ type: 'complete', id: '1' });
    subscribe(client, '2', '{ fails(how: "coded") }');
    expect(await client.next()).toMatchObject({
      payload: { errors: [{ message: 'Slower, please', extensions: { code: 'RATE_LIMITED' } }], data: { fails: null } },
    });
    await client.close();
  });

  test.each([
    ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', 'subscription { nope }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'two operations and no name',
      'subscription A { counted(to: 1) } subscription B { counted(to: 1) }',
      'BAD_REQUEST',
    ],
    [
      'too much depth',
      `subscription { written { ${'replies(first: 1) { '.repeat(16)}id${' }'.repeat(17)} }`,
      'OPERATION_TOO_COMPLEX',
    ],
    ['too much data', 'subscription { written { replies(first: 99999) { id } } }', 'OPERATION_TOO_COMPLEX'],
    ['too many tokens', `subscription { written { ${'id '.repeat(5_000)} } }`, 'OPERATION_TOO_COMPLEX'],
    ['a missing variable', 'subscription($to: Int!) { counted(to: $to) }', 'BAD_USER_INPUT'],
  ])('%s ends just that operation, with its code', async (_what, query, code) => {
    const client = await connect(door.port);
    subscribe(client, '1', query);
    expect(await client.next()).toMatchObject({ type: 'error', id: '1', payload: [{ extensions: { code } }] });
    subscribe(client, '2', '{ note(id: 1) { id } }');
    expect(await client.next()).toMatchObject({ type: 'next', id: '2' });
    await client.close();
  });

  test('are bounded on one socket, and a place is free again when one ends', async () => {
    const client = await connect(door.port);
    for (let id = 0; id < MAX_OPERATIONS; id += 1) subscribe(client, String(id), WRITTEN);
    await untilChannels(1);
    subscribe(client, 'more', WRITTEN);
    expect(await client.next()).toMatchObject({
      type: 'error',
      id: 'more',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    client.send({ type: 'complete', id: '0' });
    subscribe(client, 'again', 'subscription { counted(to: 1) }');
    expect(await client.next()).toMatchObject({ type: 'next', id: 'again' });
    await client.close();
    await untilChannels(0);
  });
});

describe('messages that come together', () => {
  test('are bounded as if they came one by one', async () => {
    const client = await connect(door.port);
    together(client, () => {
      for (let id = 0; id < 2 * MAX_OPERATIONS; id += 1) subscribe(client, String(id), '{ fails(how: "waits") }');
    });
    for (let refused = 0; refused < MAX_OPERATIONS; refused += 1)
      expect(await client.next()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    await vi.waitFor(() => expect(door.waiting()).toBe(MAX_OPERATIONS), { timeout: 5_000 });
    door.release();
    await client.close();
  });
});

describe('subscriptions', () => {
  test('each event is completed from the other subgraphs, anew', async () => {
    const client = await connect(door.port);
    await watch(client, '1');
    await door.write('one');
    const first = await client.next();
    await door.write('two');
    const second = await client.next();
    const lookedUp = (message: object) =>
      (message as { payload: { data: { written: { author: { lookedUp: number } } } } }).payload.data.written.author
        .lookedUp;
    expect(first).toMatchObject({
      type: 'next',
      payload: { data: { written: { text: 'one', author: { name: 'Ada' } } } },
    });
    expect(second).toMatchObject({ payload: { data: { written: { text: 'two', author: { name: 'Ada' } } } } });
    expect(lookedUp(second)).toBe(lookedUp(first) + 1);
    await client.close();
  });

  test('a fault in one event is masked, logged once, and the next event comes', async () => {
    door.logged.length = 0;
    const client = await connect(door.port);
    await watch(client, '1');
    await door.write('boom');
    expect(await client.next()).toMatchObject({
      payload: {
        data: { written: null },
        errors: [{ message: 'Internal error', path: ['written'], extensions: { code: 'INTERNAL' } }],
      },
    });
    await door.write('fine');
    expect(await client.next()).toMatchObject({ payload: { data: { written: { text: 'fine' } } } });
    expect(door.logged).toHaveLength(1);
    door.logged.length = 0;
    await client.close();
  });

  test('many of one socket each get every event', async () => {
    const client = await connect(door.port);
    for (const id of ['1', '2', '3']) await watch(client, id);
    // They stand once an event has come to each; earlier ones may have been told to fewer.
    const reached = new Set<string>();
    while (reached.size < 3) {
      await door.write('all');
      reached.add((await client.next()).id ?? '');
    }
    await client.close();
    await untilChannels(0);
  });

  test('complete when their source ends', async () => {
    const client = await connect(door.port);
    subscribe(client, '1', 'subscription { counted(to: 2) }');
    const messages = [await client.next(), await client.next(), await client.next()];
    expect(messages.map(({ type }) => type)).toEqual(['next', 'next', 'complete']);
    await client.close();
  });

  test('close the socket when their source breaks, once running operations are answered', async () => {
    const client = await connect(door.port);
    subscribe(client, '1', '{ fails(how: "waits") }');
    await vi.waitFor(() => expect(door.waiting()).toBe(1), { timeout: 5_000 });
    subscribe(client, '2', 'subscription { breaking }');
    expect(await client.next()).toEqual({ type: 'next', id: '2', payload: { data: { breaking: 1 } } });
    door.release();
    expect(await client.next()).toEqual({ type: 'next', id: '1', payload: { data: { fails: 'done' } } });
    expect(await client.next()).toEqual({ type: 'complete', id: '1' });
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    await expect(client.next()).rejects.toThrow();
  });

  test.each([
    ['it is completed', async (client: SocketClient) => client.send({ type: 'complete', id: '1' })],
    ['the socket closes', (client: SocketClient) => client.close()],
    ['the socket breaks', async (client: SocketClient) => client.socket.terminate()],
  ])('leave nothing behind when %s', async (_what, end) => {
    const client = await connect(door.port);
    await watch(client, '1');
    await end(client);
    await untilChannels(0);
    client.socket.terminate();
  });

  test('leave nothing behind when an id is used again before its first use has begun', async () => {
    const client = await connect(door.port);
    subscribe(client, '1', WRITTEN);
    client.send({ type: 'complete', id: '1' });
    subscribe(client, '1', WRITTEN);
    client.send({ type: 'complete', id: '1' });
    subscribe(client, '1', WRITTEN);
    await untilChannels(1);
    await client.close();
    await untilChannels(0);
  });
});
