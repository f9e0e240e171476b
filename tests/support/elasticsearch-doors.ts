import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ElasticsearchAddress } from './elasticsearch.ts';

/** A server that gives everybody the same answer. */
export function pretendToBe(status: number, body: object, headers: Record<string, string>): Promise<string> {
  return serve((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
}

const FROM_ELASTICSEARCH = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
const UNAUTHENTICATED = {
  status: 401,
  text: JSON.stringify({ error: { type: 'security_exception', reason: 'unable to authenticate' }, status: 401 }),
};
const REJECTED = {
  index: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'the queue is full' } },
};

/** The real server, except that of the first so many bulk requests it takes every other document only, and is too busy for the rest. */
export function busyFor(bulks: number, server: ElasticsearchAddress): Promise<string> {
  let left = bulks;
  return serve(async (request, response) => {
    const body = await bodyOf(request);
    const isBusy = request.url?.startsWith('/_bulk') === true && left-- > 0;
    const answer = isBusy ? await takeHalf(request, body, server) : await forward(request, body, server);
    response.writeHead(answer.status, FROM_ELASTICSEARCH).end(answer.text);
  });
}

async function takeHalf(request: IncomingMessage, body: string, server: ElasticsearchAddress): Promise<Answer> {
  const lines = body.trimEnd().split('\n');
  const isTaken = (item: number) => item % 2 === 1;
  const taken = lines.filter((_, line) => isTaken(line >> 1)).map((line) => `${line}\n`);
  const { text } = taken.length === 0 ? { text: '{"items":[]}' } : await forward(request, taken.join(''), server);
  const results = (JSON.parse(text) as { items: object[] }).items.values();
  const items = Array.from({ length: lines.length / 2 }, (_, n) => (isTaken(n) ? results.next().value : REJECTED));
  return { status: 200, text: JSON.stringify({ errors: true, items }) };
}

/** The real server, except that it knows nobody while it is locked. */
export async function lockable(server: ElasticsearchAddress): Promise<{ url: string; lock(isLocked: boolean): void }> {
  let isLocked = false;
  const url = await serve(async (request, response) => {
    const answer = isLocked ? UNAUTHENTICATED : await forward(request, await bodyOf(request), server);
    response.writeHead(answer.status, FROM_ELASTICSEARCH).end(answer.text);
  });
  return { url, lock: (locked) => void (isLocked = locked) };
}

type Answer = { status: number; text: string };

async function forward(request: IncomingMessage, body: string, { url }: ElasticsearchAddress): Promise<Answer> {
  const { method = 'GET' } = request;
  const { authorization = '', accept = '', 'content-type': contentType = 'application/json' } = request.headers;
  const headers = { authorization, accept, 'content-type': contentType };
  const answer = await fetch(`${url}${request.url}`, { method, headers, ...(body !== '' && { body }) });
  return { status: answer.status, text: await answer.text() };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString();
}

async function serve(answer: (...parts: [IncomingMessage, ServerResponse]) => unknown): Promise<string> {
  const pretender = createServer((request, response) => void answer(request, response));
  pretender.listen(0, '127.0.0.1');
  await once(pretender, 'listening');
  onTestFinished(() => void pretender.close());
  return `http://127.0.0.1:${(pretender.address() as AddressInfo).port}`;
}
