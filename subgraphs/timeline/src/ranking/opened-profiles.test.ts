import { composeId } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import { registry } from '@starling/kit/telemetry/registry.ts';
import type { NotedProfileOpen } from '@starling/schema/generated/rpc/graph.ts';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOpenedProfiles, type OpenedProfiles } from './opened-profiles.ts';

const EVERY_MS = 1_000;
const HOUR_MS = 60 * 60 * 1000;
const START_MS = Date.UTC(2026, 0, 1);
const [ann, ben, cat] = [1, 2, 3].map((sequence) => composeId({ atMs: START_MS, node: 1, sequence })) as [
  string,
  string,
  string,
];

let clock: number;
let asked: NotedProfileOpen[][];
let answer: () => Promise<object>;
let logged: object[];
let opened: OpenedProfiles;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  clock = START_MS + 10;
  asked = [];
  logged = [];
  answer = async () => ({});
  opened = create();
});
afterEach(async () => {
  await opened.stop();
  vi.useRealTimers();
});

function create(limits: { maxWaiting?: number; maxOfOne?: number } = {}): OpenedProfiles {
  return createOpenedProfiles({
    graph: {
      noteProfileOpens: (_, { opens }) => {
        asked.push([...opens]);
        return answer();
      },
    },
    logger: { error: (fields, message) => void logged.push({ ...fields, message }) },
    now: () => clock,
    everyMs: EVERY_MS,
    ...limits,
  });
}

const open = (viewerId: string, userId: string, slotMs = START_MS) => ({ viewerId, userId, slotMs: BigInt(slotMs) });
const someIds = (count: number) =>
  Array.from({ length: count }, (_, index) => composeId({ atMs: START_MS + 1 + index, node: 1, sequence: 0 }));
const aSecond = () => vi.advanceTimersByTimeAsync(EVERY_MS);
const away = () => Promise.reject(new StarlingError('UNAVAILABLE', 'graph is away'));

/** How many have met each end so far. */
async function counts(): Promise<Record<string, number>> {
  const { values } = await registry.getSingleMetric('starling_profile_opens_total')!.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels['result']), value]));
}

async function growth(act: () => unknown): Promise<Record<string, number>> {
  const before = await counts();
  await act();
  const grown = Object.entries(await counts()).map(
    ([result, value]) => [result, value - (before[result] ?? 0)] as const,
  );
  return Object.fromEntries(grown.filter(([, value]) => value > 0));
}

describe('opened profiles', () => {
  test('are written behind, those of a second together, and nothing where there are none', async () => {
    await aSecond();
    opened.note({ viewerId: ann, userId: ben });
    opened.note({ viewerId: cat, userId: ben });
    expect(asked).toEqual([]);
    expect(await growth(aSecond)).toEqual({ kept: 2 });
    await aSecond();
    expect(asked).toEqual([[open(ann, ben), open(cat, ben)]]);
  });

  test('are one within an hour of the clock, and one’s own is none', async () => {
    const note = () => opened.note({ viewerId: ann, userId: ben });
    opened.note({ viewerId: ann, userId: ann });
    note();
    note();
    await aSecond();
    note();
    await aSecond();
    clock = START_MS + HOUR_MS - 1;
    note();
    clock += 1;
    note();
    await aSecond();
    expect(asked).toEqual([[open(ann, ben)], [open(ann, ben, START_MS + HOUR_MS)]]);
  });

  test('wait while graph is away, which is told once, and then are written, those that came meanwhile behind them', async () => {
    answer = away;
    opened.note({ viewerId: ann, userId: ben });
    await aSecond();
    opened.note({ viewerId: cat, userId: ben });
    await aSecond();
    expect(logged).toEqual([expect.objectContaining({ message: 'Opened profiles could not be written', waiting: 1 })]);
    answer = async () => ({});
    expect(await growth(aSecond)).toEqual({ kept: 2 });
    expect(asked.at(-1)).toEqual([open(ann, ben), open(cat, ben)]);
    answer = away;
    opened.note({ viewerId: ben, userId: ann });
    await aSecond();
    expect(logged).toHaveLength(2);
    answer = async () => ({});
  });

  test('are given up where graph refuses them, so that those behind them have their turn', async () => {
    answer = async () => Promise.reject(new StarlingError('BAD_USER_INPUT', 'no'));
    opened.note({ viewerId: ann, userId: ben });
    expect(await growth(aSecond)).toEqual({ refused: 1 });
    answer = async () => ({});
    opened.note({ viewerId: cat, userId: ben });
    expect(await growth(aSecond)).toEqual({ kept: 1 });
    expect(asked.at(-1)).toEqual([open(cat, ben)]);
  });

  test('beyond what may wait are dropped and counted, and may come again', async () => {
    await opened.stop();
    opened = create({ maxWaiting: 2 });
    answer = away;
    const noteAll = () =>
      [ann, ben, cat].forEach((viewerId, index) => opened.note({ viewerId, userId: [ben, cat, ann][index]! }));
    expect(await growth(noteAll)).toEqual({ dropped: 1 });
    answer = async () => ({});
    await aSecond();
    expect(await growth(noteAll)).toEqual({});
    await aSecond();
    expect(asked.at(-1)).toEqual([open(cat, ann)]);
  });

  test('of one viewer beyond some are dropped and counted, and leave room for those of others', async () => {
    await opened.stop();
    opened = create({ maxOfOne: 2 });
    answer = away;
    const noteMany = () => someIds(9).forEach((userId) => opened.note({ viewerId: ann, userId }));
    expect(await growth(noteMany)).toEqual({ dropped: 7 });
    opened.note({ viewerId: ben, userId: cat });
    await aSecond();
    // What is being written still waits.
    expect(await growth(noteMany)).toEqual({ dropped: 7 });
    answer = async () => ({});
    expect(await growth(aSecond)).toEqual({ kept: 3 });
    expect(asked.at(-1)).toEqual([...someIds(2).map((userId) => open(ann, userId)), open(ben, cat)]);
    expect(await growth(noteMany)).toEqual({ dropped: 5 });
  });

  test('of one viewer are a hundred at most, and of all others there is as much room as before', async () => {
    answer = away;
    const all = someIds(10_000);
    expect(await growth(() => all.forEach((userId) => opened.note({ viewerId: ann, userId })))).toEqual({
      dropped: 9_900,
    });
    const ofOthers = () => all.slice(0, 9_901).forEach((viewerId) => opened.note({ viewerId, userId: ben }));
    expect(await growth(ofOthers)).toEqual({ dropped: 1 });
    answer = async () => ({});
  });

  test('that are refused make room for further ones of their viewer', async () => {
    await opened.stop();
    opened = create({ maxOfOne: 1 });
    answer = async () => Promise.reject(new StarlingError('BAD_USER_INPUT', 'no'));
    opened.note({ viewerId: ann, userId: ben });
    await aSecond();
    answer = async () => ({});
    opened.note({ viewerId: ann, userId: cat });
    expect(await growth(aSecond)).toEqual({ kept: 1 });
  });

  test('go in requests of a thousand', async () => {
    for (const viewerId of someIds(2_001)) opened.note({ viewerId, userId: ann });
    await aSecond();
    expect(asked.map(({ length }) => length)).toEqual([1_000, 1_000, 1]);
  });

  test('that wait are written at the end; what cannot be is told and counted', async () => {
    opened.note({ viewerId: ann, userId: ben });
    expect(await growth(() => opened.stop())).toEqual({ kept: 1 });
    opened = create();
    answer = away;
    opened.note({ viewerId: ann, userId: ben });
    expect(await growth(() => opened.stop())).toEqual({ dropped: 1 });
    expect(logged).toHaveLength(1);
    answer = async () => ({});
  });
});
