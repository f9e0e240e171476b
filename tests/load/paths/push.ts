import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { operation } from '../../e2e/support/operations.ts';
import { startLoadClient, type LoadClient } from './client.ts';
import { postTweet } from './post-tweet.ts';
import { logIn } from './read-home.ts';
import type { Path } from './rounds.ts';
import type { Site } from './site.ts';

const TWEETS_A_ROUND = 10;
const BASELINE_TIMES = 10;

/** From a post until it has come over every socket that subscribed to the home timeline. */
export async function pushPath(site: Site): Promise<Path> {
  const { stack, speaker, listeners } = site;
  const subscribed = startLoadClient();
  await subscribeAll(site, subscribed);
  const bare = await startBareSockets(listeners.length);
  let posted = 0;
  return {
    name: `push to ${listeners.length} sockets`,
    baseline: 'bare ws server, same bytes',
    settle: () => stack.drain(),
    async ours() {
      const began = performance.now();
      for (let index = 0; index < TWEETS_A_ROUND; index += 1) {
        await postTweet(stack, speaker, `Can you hear me? ${(posted += 1)}`);
        await subscribed.received(listeners.length);
      }
      return (TWEETS_A_ROUND * listeners.length) / ((performance.now() - began) / 1000);
    },
    theirs: () => bare.send(TWEETS_A_ROUND * BASELINE_TIMES),
    async close() {
      await subscribed.closeSockets();
      await subscribed.stop();
      await bare.close();
    },
  };
}

async function subscribeAll({ stack, listeners }: Site, client: LoadClient): Promise<void> {
  const payload = { query: operation('HomeTimelineUpdates') };
  const messages: string[][] = [];
  for (const listener of listeners) {
    const Authorization = `Bearer ${await logIn(stack.port, listener)}`;
    messages.push([JSON.stringify({ type: 'connection_init', payload: { Authorization } })]);
  }
  // The protocol wants the acknowledgement before anything else, so a first round of messages only says hello.
  const hello = {
    url: `ws://127.0.0.1:${stack.port}/graphql`,
    protocol: GRAPHQL_TRANSPORT_WS_PROTOCOL,
    messages,
    acks: 1,
  };
  await client.open(hello);
  const before = await stack.liveChannels();
  await client.say(JSON.stringify({ type: 'subscribe', id: '1', payload }));
  while ((await stack.liveChannels()) < before + listeners.length)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

type BareSockets = { send(times: number): Promise<number>; close(): Promise<void> };

async function startBareSockets(count: number): Promise<BareSockets> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const client = startLoadClient();
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await client.open({ url, protocol: '', messages: Array.from({ length: count }, () => []), acks: 0 });
  const tweet = {
    id: '1234567890123456789',
    text: 'Can you hear me? 100',
    author: { handle: 'speaker', name: 'The speaker' },
  };
  const frame = { id: '1', type: 'next', payload: { data: { homeTimelineUpdates: { tweet, retweetedBy: null } } } };
  return {
    async send(times) {
      const began = performance.now();
      for (let index = 0; index < times; index += 1) {
        for (const socket of server.clients) socket.send(JSON.stringify(frame));
        await client.received(count);
      }
      return (times * count) / ((performance.now() - began) / 1000);
    },
    async close() {
      await client.closeSockets();
      await client.stop();
      server.close();
    },
  };
}
