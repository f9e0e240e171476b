import { describe, expect, test } from 'vitest';
import { createCall } from './call.ts';
import { streamWithinDeadline, withinDeadline } from './deadline.ts';
import { SYSTEM, type CallContext } from './principal.ts';

const call = (over: Partial<CallContext> & { timeoutMs?: number } = {}) => createCall({ principal: SYSTEM, ...over });
const never = () => new Promise<never>(() => undefined);
const late = expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }) as unknown;

describe('a call within its deadline', () => {
  test('gets the frame it was called with, and gives what it gives', async () => {
    const frame = call({ requestId: 'r', clientAddress: '::1', userAgent: 'Phone/1.0' });
    const { signal, ...seen } = await withinDeadline(frame, async (inner) => ({ ...inner }));
    expect(seen).toEqual(frame);
    expect(signal).toBeInstanceOf(AbortSignal);
  });

  test('that does work after its answer sees its signal end', async () => {
    let signal: AbortSignal | undefined;
    await withinDeadline(call(), async (inner) => void (signal = inner.signal));
    expect(signal?.aborted).toBe(true);
  });

  test('that first looks at its signal too late finds it ended', async () => {
    let inner: CallContext | undefined;
    await withinDeadline(call(), async (given) => void (inner = given));
    expect(inner?.signal?.aborted).toBe(true);
  });

  test('passes its end on to the calls it makes', async () => {
    const controller = new AbortController();
    const ends: unknown[] = [];
    const outer = withinDeadline(call({ signal: controller.signal }), (middle) =>
      withinDeadline(middle, async (inner) => {
        inner.signal?.addEventListener('abort', () => ends.push(inner.signal?.reason));
        controller.abort();
        return never();
      }),
    );
    await expect(outer).rejects.toEqual(late);
    expect(ends).toEqual([late]);
  });

  test('may have a deadline further off than any timer reaches', async () => {
    expect(await withinDeadline(call({ deadline: Number.MAX_SAFE_INTEGER }), async () => 1)).toBe(1);
  });

  test('leaves no listener with its caller', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    signal.addEventListener = () => void (listeners += 1);
    signal.removeEventListener = () => void (listeners -= 1);
    await withinDeadline(call({ signal }), async () => 1);
    expect(listeners).toBe(0);
  });
});

describe('a stream within its deadline', () => {
  test('is not begun before it is read, nor when its time is over', async () => {
    let begun = 0;
    const open = (frame: CallContext) =>
      streamWithinDeadline(frame, async function* () {
        begun += 1;
        yield 1;
      });
    open(call());
    await expect(open(call({ timeoutMs: -1 })).next()).rejects.toEqual(late);
    expect(begun).toBe(0);
  });

  test('that failed is over', async () => {
    const stream = streamWithinDeadline<number>(call(), async function* () {
      yield 1;
      throw new Error('broken');
    });
    await stream.next();
    await expect(stream.next()).rejects.toThrow('broken');
    expect((await stream.next()).done).toBe(true);
  });

  test('left while it waits is over at once', async () => {
    const stream = streamWithinDeadline<number>(call(), async function* () {
      yield await never();
    });
    const waiting = stream.next();
    await stream.return?.();
    expect((await waiting).done).toBe(true);
  });
});
