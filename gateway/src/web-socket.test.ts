import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { StarlingError } from '@starling/kit/errors.ts';
import { connect, endSockets, openSocket, subscribe, type SocketClient } from './testing/socket-client.ts';
import { startTestGateway, type TestGateway } from './testing/test-gateway.ts';

const WRITTEN = 'subscription { written { text author { name lookedUp } } }';

let door: TestGateway;
beforeAll(async () => {
  door = await startTestGateway({ socketRecheckMs: 50, sessionTtlMs: 0 });
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
