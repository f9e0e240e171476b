import { afterEach, describe, expect, test } from 'vitest';
import { createWorld, type Person, type World } from '@starling/timeline/testing/world.ts';
import { type EventLogAdapter, eventLogAdapters } from '../../conformance/event-log-adapters.ts';
import {
  countReads,
  countReplayed,
  openTimelinesOnRedis,
  type LostOptions,
  type TimelinesOnRedis,
} from '../support/timelines-on-redis.ts';

const PEOPLE = 40;
const AUTHORS = 6;

let world: World;
let timelines: TimelinesOnRedis;
afterEach(() => timelines.close());

/** Everybody follows some of a few, and has a list. */
async function setUp(options: LostOptions): Promise<void> {
  world = createWorld(PEOPLE, { collapseWithin: 0 });
  for (const [index, person] of world.people.entries())
    for (const [place, author] of authors().entries()) if ((index + place) % 4 > 0) world.follow(person, author);
  timelines = await openTimelinesOnRedis(world, options);
  await timelines.believed();
  await readAll();
}

/** Posts, so many times, and stops the server as if a crash had lost the commands of that. */
async function loseAfterPosting(times: number): Promise<void> {
  const before = await timelines.commandBytes();
  await postAll(times);
  await timelines.kill();
  await timelines.keepCommands();
  await timelines.cutCommands(before);
}

const authors = (): Person[] => world.people.slice(0, AUTHORS);

async function postAll(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) for (const author of authors()) world.post(author);
  await timelines.deliver();
}

/** Reads every timeline, as the definition has it; whence they were read. */
async function readAll(): Promise<Awaited<ReturnType<typeof countReads>>> {
  const before = await countReads();
  for (const viewer of world.people) expect(await timelines.homeOf(viewer)).toEqual(world.homeOf(viewer));
  const after = await countReads();
  return {
    materialised: after.materialised - before.materialised,
    built: after.built - before.built,
    primary: after.primary - before.primary,
  };
}

const FROM_LISTS = { materialised: PEOPLE, built: 0, primary: 0 };

const [embedded] = eventLogAdapters as [EventLogAdapter];

describe.each(eventLogAdapters.filter(({ isThere }) => isThere))('with the log on $name', (log) => {
  test('a server that has lost its last commands, wherever they end, gets what its lists lack, and none is built anew', async () => {
    await setUp({ log });
    await postAll(1);
    const first = await timelines.commandBytes();
    for (let round = 0; round < 3; round += 1) await postAll(2);
    const last = await timelines.commandBytes();
    await timelines.kill();
    await timelines.keepCommands();
    for (const share of [0, 0.13, 0.37, 0.5, 0.61, 0.84, 1]) {
      if (share > 0) await timelines.kill();
      await timelines.cutCommands(Math.round(first + share * (last - first)));
      const before = await countReplayed();
      await timelines.start();
      await timelines.believed();
      expect(await readAll()).toEqual(FROM_LISTS);
      if (share === 0) expect((await countReplayed()) - before).toBeGreaterThanOrEqual(6 * AUTHORS);
    }
  });

  test('a second crash in the middle of a replay, with pushes and new lists meanwhile, leaves nothing missing', async () => {
    await setUp({ log });
    await postAll(1);
    await loseAfterPosting(2);
    const second = Promise.withResolvers<void>();
    timelines.hooks.beforeRead = async () => {
      timelines.hooks.beforeRead = async () => {};
      await crashAgain().then(second.resolve, second.reject);
    };
    await timelines.start();
    await second.promise;
    await timelines.believed();
    expect(await readAll()).toEqual(FROM_LISTS);
  });
});

/** Nothing counts yet, so the lists of some are built; the others are left as they came back. */
async function crashAgain(): Promise<void> {
  for (const viewer of world.people.slice(0, 5)) expect(await timelines.homeOf(viewer)).toEqual(world.homeOf(viewer));
  await postAll(1);
  await timelines.kill();
  await timelines.start();
}

test('lists are built anew where the log has no longer what they lack, and can be brought up to date the next time', async () => {
  await setUp({ log: embedded, retentionMs: 1 });
  await postAll(1);
  await loseAfterPosting(2);
  await timelines.log.prune();
  await timelines.start();
  await timelines.believed();
  expect(await readAll()).toEqual({ materialised: 0, built: PEOPLE, primary: 0 });
  await postAll(1);
  await timelines.kill();
  await timelines.start();
  await timelines.believed();
  expect(await readAll()).toEqual(FROM_LISTS);
});

test('more than may be replayed is not', async () => {
  await setUp({ log: embedded, settings: { replayMost: 2 * AUTHORS } });
  await postAll(1);
  await loseAfterPosting(3);
  await timelines.start();
  await timelines.believed();
  expect(await readAll()).toEqual({ materialised: 0, built: PEOPLE, primary: 0 });
});
