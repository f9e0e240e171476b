import { createClient, type Client } from 'graphql-ws';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import WebSocket from 'ws';
import type { Id } from '@starling/domain/ids.ts';
import { nameOf, truthOf } from './brute-force.ts';
import type { Crowd, LoadPerson } from './crowd.ts';
import { HOME, LIVE, type HomeEdge, type Page } from './operations.ts';

/** The watchers' open sockets: whoever loses one connects again, at another door if there is one, and reads again. */
export type Watch = {
  /** Close codes of sockets that the other side has closed, and how often. */
  closings(): Record<string, number>;
  /** Everything that came into a watcher's home since the watch began was pushed, or seen when reading again. */
  expectNothingMissed(): Promise<void>;
  stop(): Promise<void>;
};

/** Resolves when every watcher is connected and has read once. */
export async function watchHomes(crowd: Crowd): Promise<Watch> {
  const closings: Record<string, number> = {};
  const old = new Set(homesOf(crowd).flatMap(({ names }) => names));
  const watching = crowd.watchers.map((watcher, index) => watchHome(crowd, watcher, { index, closings }));
  await Promise.all(watching.map(({ standing }) => standing));
  return {
    closings: () => ({ ...closings }),
    async expectNothingMissed() {
      const expected = new Map(homesOf(crowd).map(({ id, names }) => [id, names.filter((name) => !old.has(name))]));
      for (const { watcher, seen } of watching) {
        const missed = () => expected.get(watcher.id)?.filter((name) => !seen.has(name));
        await vi.waitFor(() => expect(missed(), `missed by ${watcher.handle}`).toEqual([]), { timeout: 20_000 });
      }
    },
    async stop() {
      for (const { client } of watching) await client.dispose();
    },
  };
}

type Watching = { watcher: LoadPerson; seen: Set<string>; client: Client; standing: Promise<void> };

/** Whoever does not answer a ping is gone. */
const PING_MS = 2_000;
const ANSWER_WITHIN_MS = 4_000;

function watchHome(
  crowd: Crowd,
  watcher: LoadPerson,
  { index, closings }: { index: number; closings: Record<string, number> },
): Watching {
  const seen = new Set<string>();
  const standing = Promise.withResolvers<undefined>();
  let connections = index;
  let silence: NodeJS.Timeout | undefined;
  const client = createClient({
    url: () => `ws://${crowd.doors()[connections++ % crowd.doors().length] ?? ''}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: Number.MAX_SAFE_INTEGER,
    retryWait: () => pause(100),
    shouldRetry: () => true,
    keepAlive: PING_MS,
    connectionParams: { Authorization: `Bearer ${watcher.accessToken}` },
    on: {
      connected: () => void readAgain(watcher, seen).then(() => standing.resolve(undefined)),
      ping: (isReceived) => {
        if (!isReceived) silence = setTimeout(() => client.terminate(), ANSWER_WITHIN_MS);
      },
      pong: () => clearTimeout(silence),
      closed: (event) => {
        clearTimeout(silence);
        const { code } = event as { code: number };
        closings[code] = (closings[code] ?? 0) + 1;
      },
    },
  });
  client.subscribe<{ homeTimelineUpdates: Update }>(
    { query: LIVE },
    {
      next({ data }) {
        if (data) seen.add(nameOfUpdate(data.homeTimelineUpdates));
      },
      error: standing.reject,
      complete: () => undefined,
    },
  );
  return { watcher, seen, client, standing: standing.promise };
}

type Update = { tweet: { id: Id }; retweetedBy: { id: Id } | null };

/** A subscription is not acknowledged: what came before it stood is seen by reading once more a little later. */
const READ_AGAIN_AFTER_MS = [0, 500, 2_000];

async function readAgain({ client }: LoadPerson, seen: Set<string>): Promise<void> {
  for (const ms of READ_AGAIN_AFTER_MS) {
    await pause(ms);
    for (;;) {
      const reply = await client.ask<{ page: Page<HomeEdge> }>(HOME, { first: 100 });
      if (reply.outcome === 'answered') {
        for (const { node, retweetedBy } of reply.data.page.edges) seen.add(nameOfUpdate({ tweet: node, retweetedBy }));
        break;
      }
      await pause(200);
    }
  }
}

function nameOfUpdate({ tweet, retweetedBy }: Update): string {
  return nameOf({ id: tweet.id, retweeterId: retweetedBy?.id ?? null });
}

function homesOf({ ledger, watchers }: Crowd): { id: Id; names: string[] }[] {
  const truth = truthOf(ledger);
  return watchers.map(({ id }) => ({ id, names: truth.home(id).map(nameOf) }));
}
