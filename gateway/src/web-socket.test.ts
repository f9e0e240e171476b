import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { StarlingError } from '@starling/kit/errors.ts';
import { connect, endSockets, openSocket, subscribe, type SocketClient } from './testing/socket-client.ts';
import { startTestGateway, type TestGateway } from './testing/test-gateway.ts';

const MAX_OPERATIONS = 5;
const WRITTEN = 'subscription { written { text author { name lookedUp } } }';

let door: TestGateway;
beforeAll(async () => {
  door = await startTestGateway({ maxSocketOperations: MAX_OPERATIONS, socketRecheckMs: 50, sessionTtlMs: 0 });
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

describe('saying hello', () => {
  test('needs the protocol', async () => {
    expect(await (await openSocket(door.port, [])).closed).toMatchObject({ code: 4406 });
  });

  test('comes before all else, and once', async () => {
    const hasty = await openSocket(door.port);
    subscribe(hasty, '1', WRITTEN);
    expect(await hasty.closed).toMatchObject({ code: 4401 });
    const talkative = await connect(door.port);
    talkative.send({ type: 'connection_init' });
    expect(await talkative.closed).toMatchObject({ code: 4429 });
  });

  test('is waited for three seconds', async () => {
    expect(await (await openSocket(door.port)).closed).toMatchObject({ code: 4408 });
  });

  test.each([
    [
      'a token that is none',
      { Authorization: 'Bearer x.y.z' },
      4403,
      'UNAUTHENTICATED: The access token is not valid.',
    ],
    ['something else than a bearer token', { authorization: 42 }, 4403, 'UNAUTHENTICATED: The authorization must be'],
  ])('with %s closes with the reason', async (_what, payload, code, reason) => {
    const client = await openSocket(door.port);
    client.send({ type: 'connection_init', payload });
    const closed = await client.closed;
    expect(closed.code).toBe(code);
    expect(closed.reason).toContain(reason);
  });

  test('while users is away asks to come again later', async () => {
    door.tokens.fault = new StarlingError('UNAVAILABLE', 'users is away');
    const client = await openSocket(door.port);
    client.send({ type: 'connection_init', payload: { Authorization: `Bearer ${await door.tokens.sign()}` } });
    expect(await client.closed).toEqual({ code: 1013, reason: 'UNAVAILABLE: users is away' });
    door.tokens.fault = null;
  });
});

describe('an open socket', () => {
  test('loses a session that was revoked', async () => {
    const client = await connect(door.port, await door.tokens.sign({ sessionId: '7-revoked' }));
    await watch(client, '1');
    door.tokens.endSession('7-revoked');
    expect(await client.closed).toEqual({ code: 4403, reason: 'UNAUTHENTICATED: The session has ended.' });
    await untilChannels(0);
  });

  test('ends with its token', async () => {
    const client = await connect(door.port, await door.tokens.sign({ expiresInSeconds: -4 }));
    expect(await client.closed).toEqual({ code: 4403, reason: 'TOKEN_EXPIRED: The access token has expired.' });
  });

  test('outlives a moment in which nobody can say whether its session is open', async () => {
    const client = await connect(door.port, await door.tokens.sign());
    door.tokens.fault = new StarlingError('UNAVAILABLE', 'users is away');
    const { asked } = door.tokens;
    const before = asked.sessions;
    await vi.waitFor(() => expect(asked.sessions).toBeGreaterThan(before + 1), { timeout: 5_000 });
    door.tokens.fault = null;
    subscribe(client, '1', '{ whoami }');
    expect(await client.next()).toEqual({ type: 'next', id: '1', payload: { data: { whoami: '7' } } });
    await client.close();
  });

  test.each([
    ['nonsense', 'nonsense', 4400],
    ['a message of another protocol', '{"type":"start"}', 4400],
    ['too large a message', `"${'x'.repeat(300_000)}"`, 1009],
  ])('closes for %s', async (_what, text, code) => {
    const client = await connect(door.port);
    client.send(text);
    expect(await client.closed).toMatchObject({ code });
  });

  test('closes if its client asks without reading the answers', async () => {
    const tight = await startTestGateway({
      maxSocketBacklogBytes: 256 * 1024,
      maxComplexity: 1e9,
      maxSocketOperations: 1e6,
    });
    const client = await connect(tight.port);
    client.socket.pause();
    for (let answered = 0, isHeard = true; isHeard; answered += 1) {
      subscribe(client, String(answered), '{ notes(first: 5000) { id text } }');
      isHeard = await vi
        .waitFor(() => expect(tight.asked()).toBe(answered + 1), { timeout: 2_000 })
        .then(
          () => true,
          () => false,
        );
    }
    client.socket.resume();
    expect(await client.closed).toMatchObject({ code: 1013 });
    await tight.stop();
  }, 60_000);
});

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

describe('stopping', () => {
  test('closes sockets with 1001 at once, and ends what they listened to', async () => {
    const stopping = await startTestGateway();
    const client = await connect(stopping.port);
    subscribe(client, '1', WRITTEN);
    await vi.waitFor(() => expect(stopping.liveChannels()).toBe(1), { timeout: 5_000 });
    await stopping.stop();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    expect(stopping.liveChannels()).toBe(0);
  });

  test('answers what runs, and then closes', async () => {
    const stopping = await startTestGateway();
    const client = await connect(stopping.port);
    subscribe(client, '1', 'mutation { write(text: "last") { text } }');
    subscribe(client, '2', '{ fails(how: "waits") }');
    expect([await client.next(), await client.next()]).toMatchObject([{ id: '1' }, { type: 'complete', id: '1' }]);
    await vi.waitFor(() => expect(stopping.waiting()).toBe(1), { timeout: 5_000 });
    const stopped = stopping.stop();
    stopping.release();
    expect(await client.next()).toEqual({ type: 'next', id: '2', payload: { data: { fails: 'done' } } });
    expect(await client.next()).toEqual({ type: 'complete', id: '2' });
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    await stopped;
  });

  test('does not wait for a client that does not answer', async () => {
    const stopping = await startTestGateway();
    const client = await connect(stopping.port);
    client.socket.pause();
    await stopping.stop();
    client.socket.terminate();
  });
});
