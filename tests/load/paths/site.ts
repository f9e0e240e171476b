import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Id } from '@starling/domain/ids.ts';
import { listenForSignals } from '@starling/kit/lifecycle/signals.ts';
import { createLogger } from '@starling/kit/logger.ts';
import { startEmbeddedPostgres } from '@starling/kit/postgres/embedded-postgres.ts';
import type { Community, Person } from '@starling/stack/community/community.ts';
import { loadCommunity } from '@starling/stack/community/load-community.ts';
import { readStackConfig } from '@starling/stack/config.ts';
import { createDatabases } from '@starling/stack/databases.ts';
import { startStack, type Stack } from '@starling/stack/start-stack.ts';

export const PASSWORD = 'correct horse battery';

/** A stack with somebody for every path to be measured. */
export type Site = {
  stack: Stack;
  /** Has a full home page. */
  reader: Id;
  /** Posts, and is followed by nobody but the reader. */
  writer: Id;
  /** Followed by all `followers`, whose timelines are materialised. */
  star: Id;
  followers: readonly Id[];
  /** Followed by all `listeners`, who are named by handle. */
  speaker: Id;
  listeners: readonly string[];
  /** Of a database of its own on the same server. */
  plainDatabaseUrl: string;
  stop(): Promise<void>;
};

type Size = { followers: number; listeners: number; tell(text: string): void };

export async function startSite({ followers, listeners, tell }: Size): Promise<Site> {
  const dataDir = await mkdtemp(join(tmpdir(), 'starling-bench-'));
  const logger = createLogger({ name: 'bench', level: 'warn' });
  const postgres = await startEmbeddedPostgres({ dataDir, logger, dieWithParent: true });
  await postgres.createDatabase('plain');
  const stack = await startStack(benchConfig(), {
    databases: await createDatabases(postgres),
    graphiqlFolder: null,
    logger,
  });
  let stopping: Promise<void> | null = null;
  const stop = () => (stopping ??= stopAll(stack, postgres, dataDir));
  listenForSignals({ stop, logger });
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const crowd = { followers: names('fan', followers), listeners: names('ear', listeners) };
  tell(`founding a community of ${followers + listeners + 24} people`);
  const { userIds } = await loadCommunity(benchCommunity(crowd), { services: stack.services, password: PASSWORD });
  await stack.drain();
  const idOf = (handle: string) => userIds.get(handle) ?? '';
  const fans = crowd.followers.map(idOf);
  tell('materialising timelines');
  await inLanes(fans, 8, (id) => stack.executeAs(id, '{ homeTimeline(first: 1) { edges { cursor } } }'));
  return {
    stack,
    ...{ reader: idOf('reader'), writer: idOf('writer'), star: idOf('star'), speaker: idOf('speaker') },
    followers: fans,
    listeners: crowd.listeners,
    plainDatabaseUrl: postgres.url('plain'),
    stop,
  };
}

async function stopAll(stack: Stack, postgres: { stop(): Promise<void> }, dataDir: string): Promise<void> {
  await stack.stop();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** Production's, but for what would keep a crowd of one machine from logging in. */
function benchConfig() {
  const config = readStackConfig({}, { port: 0 });
  const crowd = { loginAttemptsPerAddress: 1e6, passwordMemoryKiB: 1_024, passwordPasses: 1 };
  return { ...config, users: { ...config.users, ...crowd } };
}

const FRIENDS = 20;

/** The reader follows twenty people with ten tweets each, and the writer. */
function benchCommunity(crowd: { followers: readonly string[]; listeners: readonly string[] }): Community {
  const nowMs = Date.now();
  const createdAtMs = nowMs - 30 * 24 * 60 * 60 * 1000;
  const friends = Array.from({ length: FRIENDS }, (_, index) => `friend${index}`);
  const handles = ['reader', 'writer', 'star', 'speaker', ...friends, ...crowd.followers, ...crowd.listeners];
  const person = (handle: string): Person => ({ handle, name: `The ${handle}`, bio: '', createdAtMs });
  const follow = (follower: string, followee: string) => ({ follower, followee, atMs: createdAtMs });
  const tweets = Array.from({ length: 10 * FRIENDS }, (_, index) => ({
    key: `bench:${index}`,
    author: friends[index % FRIENDS] ?? '',
    text: `Tweet ${index} of the home page that is read over and over, with a #hashtag and some more words in it.`,
    atMs: createdAtMs + index * 60_000,
  }));
  return {
    people: handles.map(person),
    follows: [
      ...[...friends, 'writer'].map((friend) => follow('reader', friend)),
      ...crowd.followers.map((fan) => follow(fan, 'star')),
      ...crowd.listeners.map((ear) => follow(ear, 'speaker')),
    ],
    tweets,
    engagements: [],
  };
}

async function inLanes<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
