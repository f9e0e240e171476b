import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { operation } from '../../e2e/support/operations.ts';
import { startLoadClient } from './client.ts';
import { rateOf, type Path } from './rounds.ts';
import { PASSWORD, type Site } from './site.ts';

const FIRST = 20;
const WIDTH = 16;
const ROUND_MS = 2_000;

type Page = { homeTimeline: { edges: unknown[] } };

/** A warm home page of 20 tweets, over HTTP and without. */
export async function readPaths({ stack, reader }: Site): Promise<Path[]> {
  const query = operation('HomeTimeline');
  const variables = { first: FIRST };
  const readInside = () => stack.executeAs<Page>(reader, query, variables);
  const page = await readInside();
  if (page.homeTimeline.edges.length !== FIRST) throw new Error('The home page is not full.');

  const client = startLoadClient();
  const bare = await startBareServer({ data: page });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await logIn(stack.port, 'reader')}` };
  const load = { headers, body: JSON.stringify({ query, variables }), width: WIDTH, ms: ROUND_MS };
  const theirs = () => client.http({ ...load, url: bare.url });
  const shared = { baseline: 'bare Node HTTP server, same bytes', theirs, settle: async () => undefined };
  return [
    {
      ...shared,
      name: 'read home, HTTP',
      ours: () => client.http({ ...load, url: `http://127.0.0.1:${stack.port}/graphql` }),
      close: async () => undefined,
    },
    {
      ...shared,
      name: 'read home, inside',
      ours: () => rateOf(readInside, WIDTH, ROUND_MS),
      async close() {
        await client.stop();
        bare.server.close();
      },
    },
  ];
}

/** Reads what it is asked, and answers always the same. */
async function startBareServer(answer: object): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString());
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** An access token. */
export async function logIn(port: number, login: string): Promise<string> {
  const query = 'mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { code } } }';
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input: { login, password: PASSWORD } } }),
  });
  const { data, errors } = (await response.json()) as {
    data?: { login: { accessToken: string | null } };
    errors?: unknown;
  };
  const token = data?.login.accessToken;
  if (!token) throw new Error(`${login} could not log in: ${JSON.stringify(errors ?? data)}`);
  return token;
}
