import { describe, expect, test } from 'vitest';
import type { PartitionLag } from '@starling/kit/event-log/port.ts';
import { drain } from './drain.ts';

/** A log with one partition and outboxes, where something may happen whenever they are looked at. */
function world(groups: string[], outboxes: string[]) {
  let end = 0n;
  const committed = new Map(groups.map((group) => [group, 0n]));
  const waiting = new Map(outboxes.map((name) => [name, 0]));
  const happenings = new Map<string, (() => void)[]>();
  const looks: string[] = [];
  const look = (at: string) => {
    looks.push(at);
    happenings.get(at)?.shift()?.();
  };
  return {
    looks,
    /** Once, right after `at` was next looked at. */
    after: (at: string, happens: () => void) => happenings.set(at, [...(happenings.get(at) ?? []), happens]),
    write: (outbox: string) => waiting.set(outbox, (waiting.get(outbox) ?? 0) + 1),
    relay(outbox: string) {
      end += BigInt(waiting.get(outbox) ?? 0);
      waiting.set(outbox, 0);
    },
    handleAll: (group: string) => committed.set(group, end),
    isDone: () =>
      [...committed.values()].every((at) => at === end) && [...waiting.values()].every((count) => count === 0),
    deps: {
      log: {
        async lag(group: string): Promise<PartitionLag[]> {
          const seen = [{ topic: 't', partition: 0, committed: committed.get(group) ?? 0n, end }];
          look(group);
          return seen;
        },
      },
      relays: outboxes.map((name) => ({
        async isIdle() {
          const isIdle = waiting.get(name) === 0;
          look(name);
          return isIdle;
        },
      })),
      consumers: groups.map((group) => ({ group, topics: ['t'] })),
    },
  };
}

describe('drain', () => {
  test('resolves at once when nothing is on its way', async () => {
    const { deps, looks } = world(['a', 'b'], ['x']);
    await drain(deps);
    expect(looks).toEqual(['a', 'b', 'x', 'a', 'b']);
  });

  test('waits for what a late consumer writes and a relay brings to a group that had nothing left', async () => {
    const all = world(['a', 'b'], ['x', 'y']);
    all.write('x');
    all.relay('x');
    all.handleAll('a');
    // Group a has been asked and has nothing left; now b handles its record and writes.
    all.after('a', () => {
      all.handleAll('b');
      all.write('y');
    });
    // Group b has been asked and has nothing left; now the relay is quick.
    all.after('b', () => all.relay('y'));
    let chained = false;
    all.after('a', () => {
      chained = true;
      all.handleAll('a');
      all.handleAll('b');
    });
    await drain(all.deps);
    expect(chained).toBe(true);
    expect(all.isDone()).toBe(true);
  });

  test('waits for an outbox that was filled after it was looked at', async () => {
    const all = world(['a'], ['x', 'y']);
    all.after('x', () => {
      all.write('x');
      all.relay('x');
    });
    all.after('a', () => undefined);
    all.after('a', () => all.handleAll('a'));
    await drain(all.deps);
    expect(all.isDone()).toBe(true);
  });

  test('tells how much is left, and gives up when asked to', async () => {
    const all = world(['a'], ['x']);
    all.write('x');
    all.relay('x');
    const told: number[] = [];
    const giveUp = new AbortController();
    const draining = drain(all.deps, {
      signal: giveUp.signal,
      onLag(left) {
        told.push(left);
        if (told.length === 3) giveUp.abort(new Error('enough'));
      },
    });
    await expect(draining).rejects.toThrow('enough');
    expect(told).toEqual([1, 1, 1]);
  });
});
