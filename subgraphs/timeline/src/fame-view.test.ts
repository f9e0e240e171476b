import { setTimeout } from 'node:timers/promises';
import type { Id } from '@starling/domain/ids.ts';
import { StarlingError } from '@starling/kit/errors.ts';
import type { StreamFameRequest } from '@starling/schema/generated/rpc/graph.ts';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createFameView, type FameViewDeps } from './fame-view.ts';

const NOTICE_MS = 60_000;
const ANN = '1'.repeat(19);

/** Graph, with people who are famous from its first moment on, and a clock. */
function setUp({
  freshForMs = NOTICE_MS / 2,
  ...clock
}: { freshForMs?: number } & Pick<FameViewDeps, 'monotonicNow'> = {}) {
  const famous: Id[] = [];
  const state = { clock: 0, isAway: false, isSlow: false, breaks: false, asked: 0 };
  const view = createFameView({
    graph: {
      async *streamFame(_: unknown, { sinceMs: nextSinceMs }: StreamFameRequest) {
        state.asked += 1;
        if (state.isAway) throw Object.assign(new Error('away'), { code: 'UNAVAILABLE' });
        if (state.isSlow) throw new StarlingError('DEADLINE_EXCEEDED', 'The deadline has passed');
        const intervals = famous.map((userId) => ({ userId, beginsMs: 1n, endsMs: 0n }));
        yield { intervals, nextSinceMs, freshForMs, resumeSinceMs: 0n };
        if (state.breaks) throw Object.assign(new Error('broken off'), { code: 'UNAVAILABLE' });
      },
    },
    logger: { warn: () => {} },
    monotonicNow: () => state.clock,
    ...clock,
  });
  return { famous, state, view };
}

test('graph is asked again once half the notice is over, and ahead from half of that on', async () => {
  const { famous, state, view } = setUp();
  await view.current();
  state.clock = NOTICE_MS / 4 - 1;
  await view.current();
  expect(state.asked).toBe(1);
  state.clock = NOTICE_MS / 4;
  await view.current();
  expect(state.asked).toBe(2);
  await setTimeout(1);
  famous.push(ANN);
  state.clock += NOTICE_MS / 2;
  expect((await view.current()).intervalsOf(ANN)).toHaveLength(1);
});

test('a clock that is set back makes no knowledge young', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { famous, state, view } = setUp({ freshForMs: 2, monotonicNow: undefined });
  await view.current();
  vi.setSystemTime(Date.now() - 3_600_000);
  famous.push(ANN);
  await setTimeout(5);
  expect((await view.current()).intervalsOf(ANN)).toHaveLength(1);
  expect(state.asked).toBe(2);
});

test('while graph is away, readers have what was known until others may act on more, and writers do not', async () => {
  const { famous, state, view } = setUp();
  famous.push(ANN);
  await view.known();
  state.isAway = true;
  state.clock = NOTICE_MS / 2;
  expect((await view.known()).intervalsOf(ANN)).toHaveLength(1);
  await expect(view.current()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  state.clock = (NOTICE_MS * 5) / 8 - 1;
  expect((await view.known()).intervalsOf(ANN)).toHaveLength(1);
  state.clock += 1;
  await expect(view.known()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  state.isAway = false;
  expect((await view.known()).intervalsOf(ANN)).toHaveLength(1);
});

test('a graph that does not answer in time is away', async () => {
  const { famous, state, view } = setUp();
  famous.push(ANN);
  await view.known();
  state.isSlow = true;
  state.clock = NOTICE_MS / 2;
  await expect(view.current()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect((await view.known()).intervalsOf(ANN)).toHaveLength(1);
});

test('who has never been told knows nothing', async () => {
  const { state, view } = setUp();
  state.isAway = true;
  await expect(view.known()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('what was told by an answer that broke off is told to listeners with the next one, once', async () => {
  const { famous, state, view } = setUp();
  const told: Id[][] = [];
  view.onNews((userIds) => told.push([...userIds]));
  famous.push(ANN);
  state.breaks = true;
  await expect(view.current()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  state.breaks = false;
  await view.current();
  state.clock = NOTICE_MS / 2;
  await view.current();
  expect(told).toEqual([[ANN], []]);
});

test('what a broken answer has told is not asked for again, and is used only once an answer was whole', async () => {
  const asked: bigint[] = [];
  const pages = [1n, 2n, 3n].map((ms) => ({
    intervals: [{ userId: String(ms), beginsMs: ms, endsMs: 0n }],
    resumeSinceMs: ms,
    ...{ nextSinceMs: 9n, freshForMs: NOTICE_MS / 2 },
  }));
  const view = createFameView({
    graph: {
      async *streamFame(_: unknown, { sinceMs }: StreamFameRequest) {
        asked.push(sinceMs);
        const [next, ...others] = pages.filter(({ resumeSinceMs }) => resumeSinceMs > sinceMs);
        if (next) yield next;
        if (others.length > 0) throw new StarlingError('DEADLINE_EXCEEDED', 'The deadline has passed');
      },
    },
    logger: { warn: () => {} },
  });
  for (let times = 0; times < 2; times += 1) await expect(view.known()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const known = await view.known();
  expect(asked).toEqual([0n, 1n, 2n]);
  for (const { intervals } of pages) expect(known.intervalsOf(intervals[0]!.userId)).toHaveLength(1);
});
