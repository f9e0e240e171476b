import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { parentPort } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { rateOf } from './rounds.ts';

type HttpJob = { kind: 'http'; url: string; headers: Record<string, string>; body: string; width: number; ms: number };
type OpenJob = { kind: 'open'; url: string; protocol: string; messages: string[][]; acks: number };
export type Job =
  HttpJob | OpenJob | { kind: 'say'; message: string } | { kind: 'received'; count: number } | { kind: 'close' };
export type Outcome = { result: number; error?: string };

let sockets: WebSocket[] = [];
let unread = 0;
let onMessage = () => {};

parentPort?.on('message', (job: Job) => {
  run(job).then(
    (result) => parentPort?.postMessage({ result } satisfies Outcome),
    (error: unknown) => parentPort?.postMessage({ result: 0, error: String(error) } satisfies Outcome),
  );
});

async function run(job: Job): Promise<number> {
  switch (job.kind) {
    case 'http':
      return askOverAndOver(job);
    case 'open':
      await Promise.all(job.messages.map((messages) => open(job, messages)));
      return sockets.length;
    case 'say':
      for (const socket of sockets) socket.send(job.message);
      return sockets.length;
    case 'received':
      await untilUnread(job.count);
      unread -= job.count;
      return job.count;
    case 'close':
      await Promise.all(sockets.map(close));
      sockets = [];
      unread = 0;
      return 0;
  }
}

async function askOverAndOver({ url, headers, body, width, ms }: HttpJob): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: width });
  const rate = await rateOf(() => ask(url, headers, body, agent), width, ms);
  agent.destroy();
  return rate;
}

function ask(url: string, headers: Record<string, string>, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers, agent }, (response) => {
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`HTTP ${response.statusCode}`)),
      );
      response.resume();
    });
    asked.on('error', reject).end(body);
  });
}

async function open({ url, protocol, acks }: OpenJob, messages: readonly string[]): Promise<void> {
  const socket = new WebSocket(url, protocol === '' ? [] : [protocol], { perMessageDeflate: false });
  sockets.push(socket);
  await once(socket, 'open');
  let left = acks;
  const { promise: acknowledged, resolve } = Promise.withResolvers<undefined>();
  socket.on('message', () => {
    if (left > 0) {
      left -= 1;
      if (left === 0) resolve(undefined);
      return;
    }
    unread += 1;
    onMessage();
  });
  for (const message of messages) socket.send(message);
  if (acks > 0) await acknowledged;
}

async function untilUnread(count: number): Promise<void> {
  if (unread >= count) return;
  await new Promise<void>((resolve) => {
    onMessage = () => {
      if (unread >= count) resolve();
    };
  });
  onMessage = () => {};
}

async function close(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  socket.close();
  await once(socket, 'close');
}
