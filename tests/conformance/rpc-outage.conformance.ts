import { createGrpcClient } from '@starling/kit/rpc/grpc-client.ts';
import { GraphDefinition } from '@starling/schema/generated/rpc/graph.ts';
import { beforeEach, expect, test, vi } from 'vitest';
import { AUDIENCE, call, createTestService, KEYS, type TestService } from './rpc/test-service.ts';

/** Milliseconds pass, except on a busy machine. */
const PATIENT = { timeout: 20_000 };

let tested: TestService;
beforeEach(() => {
  tested = createTestService();
});

test('an idempotent call is repeated while the service is away, any other is not', async () => {
  const server = await tested.serve();
  const address = `127.0.0.1:${server.port}`;
  const client = tested.connect(address);
  expect(await client.service.getRelations(call(), { userId: 'away' })).toMatchObject({ userId: 'away' });
  expect(tested.attempts).toBe(3);

  tested.attempts = 0;
  const { getRelationsTo } = GraphDefinition.methods;
  const unsafe = { ...GraphDefinition, methods: { getRelationsTo: { ...getRelationsTo, options: {} } } };
  const careful = createGrpcClient(unsafe, { address, keys: KEYS, audience: AUDIENCE, logger: tested.logger });
  await expect(careful.service.getRelationsTo(call(), { userId: '1', otherIds: [] })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  expect(tested.attempts).toBe(1);
  client.close();
  careful.close();
  await server.close();
});

test('a service that is not there is UNAVAILABLE, by its name', async () => {
  const gone = tested.connect('127.0.0.1:1');
  await expect(gone.service.getRelations(call(), { userId: '1' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'The service graph is away for the moment; try again',
  });
  gone.close();
});

test('a service that stays away is not asked any more, and is asked again once it is back', async () => {
  const server = await tested.serve();
  const client = tested.connect(`127.0.0.1:${server.port}`);
  tested.failures = Number.POSITIVE_INFINITY;
  const ask = () => client.service.getRelations(call(), { userId: 'away' });
  const asked = () => tested.attempts;
  await vi.waitFor(async () => {
    const before = asked();
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(asked()).toBe(before);
  }, PATIENT);
  expect(tested.logged).toMatchObject([{ peer: 'The service graph' }]);
  tested.failures = 0;
  await vi.waitFor(ask, PATIENT);
  client.close();
  await server.close();
});

test('client errors open no breaker', async () => {
  const server = await tested.serve();
  const client = tested.connect(`127.0.0.1:${server.port}`);
  for (let index = 0; index < 30; index += 1) {
    await expect(client.service.getRelations(call(), { userId: 'typed' })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
  }
  expect(await client.service.getRelations(call(), { userId: '1' })).toMatchObject({ userId: '1' });
  client.close();
  await server.close();
});

test('calls go round all instances, and to those that are left when one dies', async () => {
  const [one, two] = [createTestService(), createTestService()];
  const servers = await Promise.all([one.serve(), two.serve()]);
  const client = tested.connect(`ipv4:${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`);
  const ask = () => client.service.getRelations(call(), { userId: '1' });
  await vi.waitFor(async () => {
    await ask();
    expect(Math.min(one.seen.length, two.seen.length)).toBeGreaterThan(0);
  }, PATIENT);
  await servers[0].close();
  for (let index = 0; index < 20; index += 1) await ask();
  client.close();
  await servers[1].close();
});

test('a rolling restart of instances fails no call', async () => {
  const ports: number[] = [];
  const start = async (port = 0) => {
    const server = await tested.serve({ address: `127.0.0.1:${port}` });
    ports.push(server.port);
    return server;
  };
  const servers = [await start(), await start()];
  const client = tested.connect(`ipv4:${ports.map((port) => `127.0.0.1:${port}`).join(',')}`);
  let isOver = false;
  const load = Array.from({ length: 8 }, async () => {
    while (!isOver) await client.service.getRelations(call(), { userId: '1' });
  });
  for (const [index, server] of servers.entries()) {
    server.pause();
    await server.drain();
    await server.close();
    servers[index] = await start(server.port);
    const before = tested.seen.length;
    await vi.waitFor(() => expect(tested.seen.length).toBeGreaterThan(before + 200), PATIENT);
  }
  isOver = true;
  await Promise.all(load);
  client.close();
  for (const server of servers) await server.close();
});

test('what comes beyond the bound on running calls is refused, and taken again when there is room', async () => {
  const server = await tested.serve({ maxRunning: 1 });
  const client = tested.connect(`127.0.0.1:${server.port}`);
  const leaving = new AbortController();
  const running = client.service.getRelations(call({ signal: leaving.signal }), { userId: 'hangs' });
  running.catch(() => undefined);
  await tested.started.promise;
  await expect(client.service.getRelations(call(), { userId: '1' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'The service graph has too much to do; try again',
  });
  leaving.abort();
  await tested.aborted.promise;
  await vi.waitFor(() => client.service.getRelations(call(), { userId: '1' }), PATIENT);
  client.close();
  await server.close();
});

test('draining lets a running call end and takes no new one', async () => {
  const server = await tested.serve();
  const client = tested.connect(`127.0.0.1:${server.port}`);
  const leaving = new AbortController();
  const running = client.service.getRelations(call({ signal: leaving.signal }), { userId: 'hangs' });
  running.catch(() => undefined);
  await tested.started.promise;
  server.pause();
  let isDrained = false;
  const drained = server.drain().then(() => (isDrained = true));
  const late = tested.connect(`127.0.0.1:${server.port}`);
  await expect(late.service.getRelations(call({ timeoutMs: 500 }), { userId: '1' })).rejects.toThrow();
  expect(isDrained).toBe(false);
  leaving.abort();
  client.close();
  late.close();
  await drained;
  await server.close();
});
