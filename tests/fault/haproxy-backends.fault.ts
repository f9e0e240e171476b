import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { UNREADY_NOTICED_WITHIN_MS } from '@starling/infra/haproxy.ts';
import { type Servers, startServers } from '@starling/infra/start-servers.ts';
import { findFreePortOffset } from '../support/free-port-offset.ts';

const isMissing = spawnSync('haproxy', ['-v']).error !== undefined;

/** A process behind HAProxy: answers its slot's number, and is as ready as it says. */
type Backend = { server: Server; isReady: boolean };

describe.skipIf(isMissing)('HAProxy before processes that come and go', () => {
  let root: string;
  let servers: Servers;
  const backends: Backend[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'starling-haproxy-'));
    servers = await startServers({ root, portOffset: await findFreePortOffset(), engines: ['haproxy'] });
  });

  afterEach(async () => {
    await Promise.all(backends.splice(0).map(({ server }) => kill(server)));
  });

  afterAll(async () => {
    await servers.stopAll();
    await rm(root, { recursive: true, force: true });
  });

  test('an empty front answers as GraphQL does', async () => {
    const answer = await ask(front());
    expect(answer).toEqual({
      status: 503,
      body: { errors: [{ message: expect.any(String), extensions: { code: 'UNAVAILABLE' } }] },
    });
  });

  test('no request fails while a process leaves: first unready, then gone', async () => {
    const [leaving] = [await startSubgraph(0), await startSubgraph(1)];
    await untilServing(front(), 2);
    const load = startLoad(front());
    leaving.isReady = false;
    await delay(UNREADY_NOTICED_WITHIN_MS);
    await close(leaving.server);
    await delay(300);
    const answers = await load.stop();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.slice(-10).map(({ body }) => body)).toEqual(Array(10).fill({ slot: 1 }));
  });

  test('a process that was killed costs no request that was not sent to it yet', async () => {
    const [killed] = [await startSubgraph(0), await startSubgraph(1)];
    await untilServing(front(), 2);
    await kill(killed.server);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(front())));
    expect(answers).toEqual(Array(20).fill({ status: 200, body: { slot: 1 } }));
  });

  test('a process that comes is given requests', async () => {
    await startSubgraph(0);
    await untilServing(front(), 1);
    await startSubgraph(1);
    await untilServing(front(), 2);
  });

  test('no request fails when each leaves as soon as the other has come', async () => {
    const pair = [await startSubgraph(0), await startSubgraph(1)];
    await untilServing(front(), 2);
    const load = startLoad(front());
    for (let turn = 0; turn < 6; turn += 1) {
      const [coming, leaving] = turn % 2 === 0 ? pair : pair.toReversed();
      coming!.isReady = true;
      leaving!.isReady = false;
      await delay(UNREADY_NOTICED_WITHIN_MS);
    }
    const answers = await load.stop();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test('open sockets stay with a gateway that is no longer ready, new ones go elsewhere', async () => {
    const [leaving] = [await startGateway(0), await startGateway(1)];
    await untilServing(door(), 2);
    const sockets = await Promise.all([openSocket(), openSocket()]);
    const old = sockets.find(({ slot }) => slot === 0);
    expect(sockets.map(({ slot }) => slot).sort()).toEqual([0, 1]);
    leaving.isReady = false;
    await delay(UNREADY_NOTICED_WITHIN_MS);
    const next = await openSocket();
    expect(next.slot).toBe(1);
    expect(await old?.ask('still there?')).toBe('still there?');
    for (const { socket } of [...sockets, next]) socket.terminate();
  });

  function front(): string {
    return `http://127.0.0.1:${servers.ports.haproxy.fronts.users}/graphql`;
  }

  function door(): string {
    return `http://127.0.0.1:${servers.ports.haproxy.door}/graphql`;
  }

  function startSubgraph(slot: number): Promise<Backend> {
    return startBackend(slot, servers.ports.subgraphs.users[slot]!.http);
  }

  async function startGateway(slot: number): Promise<Backend> {
    const { public: port, internal } = servers.ports.gateway[slot]!;
    const gateway = await startBackend(slot, port);
    const sockets = new WebSocketServer({ server: gateway.server });
    sockets.on('connection', (socket) => {
      socket.send(String(slot));
      socket.on('message', (message) => socket.send(message));
    });
    const admin = createServer((_request, response) => response.writeHead(gateway.isReady ? 200 : 503).end());
    admin.listen(internal, '127.0.0.1');
    await once(admin, 'listening');
    backends.push({ server: admin, isReady: true });
    return gateway;
  }

  async function startBackend(slot: number, port: number): Promise<Backend> {
    const backend: Backend = { isReady: true, server: createServer() };
    backend.server.on('request', (request, response) => {
      if (request.url === '/readyz') response.writeHead(backend.isReady ? 200 : 503).end();
      else request.resume().once('end', () => response.end(JSON.stringify({ slot })));
    });
    backend.server.listen(port, '127.0.0.1');
    await once(backend.server, 'listening');
    backends.push(backend);
    return backend;
  }

  async function openSocket() {
    const socket = new WebSocket(door().replace('http', 'ws'));
    const [first] = (await once(socket, 'message')) as [Buffer];
    const echo = async (message: string) => {
      socket.send(message);
      return String(((await once(socket, 'message')) as [Buffer])[0]);
    };
    return { socket, slot: Number(String(first)), ask: echo };
  }
});

type Answer = { status: number; body: unknown };

async function ask(url: string): Promise<Answer> {
  const answer = await fetch(url, { method: 'POST', body: '{}' });
  return { status: answer.status, body: await answer.json() };
}

/** Until HAProxy sends to so many processes. */
async function untilServing(url: string, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(url)));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(count);
    },
    { timeout: 20_000, interval: 50 },
  );
}

/** Four clients, each of which asks as soon as it has its answer. */
function startLoad(url: string): { stop(): Promise<Answer[]> } {
  const answers: Answer[] = [];
  let isOver = false;
  const clients = Array.from({ length: 4 }, async () => {
    while (!isOver) answers.push(await ask(url));
  });
  return {
    async stop() {
      isOver = true;
      await Promise.all(clients);
      return answers;
    },
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await closed;
}

async function kill(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
