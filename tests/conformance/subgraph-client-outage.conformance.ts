import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FAR_AHEAD } from '@starling/kit/postgres/lsn.ts';
import type { ServedSubgraph } from '@starling/kit/serve-subgraph/serve-subgraph.ts';
import { startBalancer } from './subgraph-client/balancer.ts';
import { call, createTestSubgraph, type TestSubgraph } from './subgraph-client/test-subgraph.ts';

/** Milliseconds pass, except on a busy machine. */
const PATIENT = { timeout: 20_000 };
const AWAY = { message: 'The subgraph notes is away for the moment; try again', extensions: { code: 'UNAVAILABLE' } };

let tested: TestSubgraph;
beforeEach(() => {
  tested = createTestSubgraph();
});

async function stop(served: ServedSubgraph): Promise<void> {
  await served.pause();
  await served.drain();
  await served.close();
}

/** A server that answers with these statuses, the last one for ever; `cut` breaks off. */
async function flaky(...answers: (number | 'cut')[]) {
  const bodies: { signature: unknown; body: string }[] = [];
  const server = createServer((request, response) => {
    const status = answers.length > 1 ? answers.shift() : answers[0];
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push({ signature: request.headers['starling-signature'], body: Buffer.concat(chunks).toString() });
      if (status === 'cut') request.socket.destroy();
      else response.writeHead(status ?? 500, { 'content-type': 'application/json' }).end('{"data":{"whoami":"7"}}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, bodies, close };
}

describe('while a subgraph is away', () => {
  test.each([503, 502, 'cut'] as const)('a query is tried again after %s, each time signed anew', async (answer) => {
    const server = await flaky(answer, answer, 200);
    const client = tested.connect(server.port);
    expect(await client.execute({ query: '{ whoami }' }, call())).toEqual({ data: { whoami: '7' } });
    expect(new Set(server.bodies.map(({ signature }) => signature)).size).toBe(3);
    await client.close();
    await server.close();
  });

  test.each([503, 502, 'cut'] as const)('a mutation is not tried again after %s', async (answer) => {
    const server = await flaky(answer, 200);
    const client = tested.connect(server.port);
    const write = { query: 'mutation { write(text: "hi") }' };
    expect(await client.execute(write, call())).toEqual({ errors: [AWAY] });
    expect(server.bodies).toHaveLength(1);
    await client.close();
    await server.close();
  });

  test.each([503, 'cut'] as const)(
    'a mutation may stand after %s: its writer reads primaries alone',
    async (answer) => {
      const server = await flaky(answer);
      const client = tested.connect(server.port);
      const onWrote = vi.fn();
      await client.execute({ query: '{ whoami }' }, call({ onWrote }));
      expect(onWrote).not.toHaveBeenCalled();
      await client.execute({ query: 'mutation { write(text: "hi") }' }, call({ onWrote }));
      expect(onWrote.mock.calls).toEqual([['*', FAR_AHEAD]]);
      await client.close();
      await server.close();
      onWrote.mockClear();
      // Nothing is sent to who is not there.
      const late = tested.connect(server.port);
      await late.execute({ query: 'mutation { write(text: "hi") }' }, call({ onWrote }));
      expect(onWrote).not.toHaveBeenCalled();
      await late.close();
    },
  );

  test('a mutation waits for a server to come, as long as nothing was sent', async () => {
    const { port, close } = await flaky(200);
    await close();
    const client = tested.connect(port);
    const refused = await client.execute({ query: 'mutation { write(text: "hi") }' }, call());
    expect(refused).toEqual({ errors: [AWAY] });
    const query = 'mutation { write(text: "hi") }';
    // Between two tries, somebody comes.
    const served = tested.serve({ port });
    const answer = await vi.waitFor(async () => {
      const told = await client.execute({ query }, call());
      expect(told).toEqual({ data: { write: 'hi' } });
      return told;
    }, PATIENT);
    expect(answer).toEqual({ data: { write: 'hi' } });
    expect(tested.written).toEqual(['hi']);
    await client.close();
    await stop(await served);
  });

  test('subscriptions are refused', async () => {
    const { port, close } = await flaky(200);
    await close();
    const client = tested.connect(port);
    expect(await client.subscribe({ query: 'subscription { told }' }, call())).toEqual({ errors: [AWAY] });
    await client.close();
  });

  test('it is not asked after a while, and asked again once it is back', async () => {
    const server = await flaky(503);
    const client = tested.connect(server.port);
    const ask = () => client.execute({ query: '{ whoami }' }, call());
    await vi.waitFor(async () => {
      const before = server.bodies.length;
      expect(await ask()).toEqual({ errors: [AWAY] });
      expect(server.bodies).toHaveLength(before);
    }, PATIENT);
    expect(tested.logged).toMatchObject([{ peer: 'The subgraph notes' }]);
    await server.close();
    const served = await tested.serve({ port: server.port });
    await vi.waitFor(async () => expect(await ask()).toEqual({ data: { whoami: '7' } }), PATIENT);
    await client.close();
    await stop(served);
  });
});

test('errors inside answers open no breaker', async () => {
  const served = await tested.serve();
  const client = tested.connect(served.port);
  for (let index = 0; index < 30; index += 1) {
    expect(await client.execute({ query: '{ fails(how: "away") }' }, call())).toMatchObject({
      data: { fails: null },
      errors: [{ message: 'The database is away', path: ['fails'], extensions: { code: 'UNAVAILABLE' } }],
    });
  }
  await client.close();
  await stop(served);
});

test('an answer beyond the bound is refused, and the next one comes', async () => {
  const served = await tested.serve();
  const client = tested.connect(served.port);
  expect(await client.execute({ query: '{ text(length: 17000000) }' }, call())).toMatchObject({
    errors: [{ extensions: { code: 'INTERNAL' } }],
  });
  expect(await client.execute({ query: '{ text(length: 1) }' }, call())).toEqual({ data: { text: 'x' } });
  await client.close();
  await stop(served);
});

test('what comes beyond the bound on running requests is refused, and taken again when there is room', async () => {
  const served = await tested.serve({ maxRunning: 1 });
  const client = tested.connect(served.port);
  const leaving = new AbortController();
  const running = client.execute({ query: '{ fails(how: "hangs") }' }, call({ signal: leaving.signal }));
  await tested.started.promise;
  expect(await client.execute({ query: '{ whoami }' }, call())).toEqual({ errors: [AWAY] });
  leaving.abort();
  await running;
  await vi.waitFor(
    async () => expect(await client.execute({ query: '{ whoami }' }, call())).toEqual({ data: { whoami: '7' } }),
    PATIENT,
  );
  await client.close();
  await stop(served);
});

test('what comes beyond the bound on subscriptions is refused, and taken again when there is room', async () => {
  const served = await tested.serve({ maxSubscriptions: 1 });
  const client = tested.connect(served.port);
  const open = () => client.subscribe({ query: 'subscription { told }' }, call());
  const first = await open();
  expect(await open()).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
  if (Symbol.asyncIterator in first) await first.return?.();
  await vi.waitFor(async () => expect(Symbol.asyncIterator in (await open())).toBe(true), PATIENT);
  await client.close();
  await stop(served);
});

describe('at the end of a server', () => {
  test('a running request is answered, and health says no more than before', async () => {
    const served = await tested.serve();
    const client = tested.connect(served.port);
    const running = client.execute({ query: '{ fails(how: "hangs") }' }, call({ timeoutMs: 600 }));
    await tested.started.promise;
    await served.pause();
    const drained = served.drain();
    expect(await running).toMatchObject({ errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }] });
    await drained;
    await served.close();
    await client.close();
  });

  test('subscriptions break, and new ones find the next server', async () => {
    const served = await tested.serve();
    const client = tested.connect(served.port);
    const events = await client.subscribe({ query: 'subscription { told }' }, call());
    if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events));
    const pending = events.next();
    pending.catch(() => undefined);
    await stop(served);
    await expect(pending).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const next = await tested.serve({ port: served.port });
    await vi.waitFor(async () => {
      const again = await client.subscribe({ query: 'subscription { counted(to: 1) }' }, call());
      if (!(Symbol.asyncIterator in again)) throw new Error(JSON.stringify(again));
      expect(await again.next()).toMatchObject({ value: { data: { counted: 1 } } });
    }, PATIENT);
    await client.close();
    await stop(next);
  });

  test('clients that go on asking are not cut off: rolling restarts behind a balancer fail nothing', async () => {
    // As long as balancers and clients take to let go, even here and now.
    const lingerMs = 2_000;
    let served = await tested.serve({ lingerMs });
    const balancer = await startBalancer(served.port);
    const client = tested.connect(balancer.port);
    let isOver = false;
    let answered = 0;
    const load = Array.from({ length: 8 }, async (_, index) => {
      const query = index % 2 === 0 ? '{ whoami }' : 'mutation { write(text: "hi") }';
      while (!isOver) {
        expect(await client.execute({ query }, call())).not.toHaveProperty('errors');
        answered += 1;
      }
    });
    for (const _ of [1, 2, 3]) {
      const before = answered;
      await vi.waitFor(() => expect(answered).toBeGreaterThan(before + 50), PATIENT);
      const next = await tested.serve({ lingerMs });
      balancer.sendTo(next.port);
      await stop(served);
      served = next;
    }
    isOver = true;
    await Promise.all(load);
    await client.close();
    await balancer.close();
    await stop(served);
  });
});
