import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createHealth } from './health.ts';
import { createLifecycle, type Component } from './lifecycle.ts';
import { listenForSignals } from './signals.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const open = (deadlineMs = 1_000) => createLifecycle({ logger: silent, deadlineMs, closeMs: 20 });

/** A component that notes what is done to it, with some steps replaced. */
function noting(done: string[], name: string, over: Partial<Component> = {}): Component {
  const step = (what: string) => () => void done.push(`${what} ${name}`);
  return { name, start: step('start'), pause: step('pause'), drain: step('drain'), close: step('close'), ...over };
}
const never = () => new Promise<void>(() => undefined);
const fail = () => Promise.reject(new Error('broken'));

describe('a lifecycle', () => {
  test('starts in order, and stops step by step in reverse', async () => {
    const done: string[] = [];
    const lifecycle = open();
    await lifecycle.add(noting(done, 'a'));
    await lifecycle.add(noting(done, 'b'));
    lifecycle.ready();
    expect(lifecycle.phase()).toBe('ready');
    await lifecycle.stop();
    const expected = ['start a', 'start b', 'pause b', 'pause a', 'drain b', 'drain a', 'close b', 'close a'];
    expect(done).toEqual(expected);
    expect(lifecycle.phase()).toBe('closed');
  });

  test('goes through its phases', async () => {
    const lifecycle = open();
    const seen: string[] = [];
    const see = () => void seen.push(lifecycle.phase());
    await lifecycle.add({ name: 'a', start: see, pause: see, drain: see, close: see });
    lifecycle.ready();
    await lifecycle.stop();
    expect(seen).toEqual(['starting', 'pausing', 'draining', 'closing']);
  });

  test('stops once, however often it is asked', async () => {
    const done: string[] = [];
    const lifecycle = open();
    await lifecycle.add(noting(done, 'a'));
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();
    expect(done.filter((step) => step === 'close a')).toHaveLength(1);
  });

  test('a start that fails closes what was started', async () => {
    const done: string[] = [];
    const lifecycle = open();
    await lifecycle.add(noting(done, 'a'));
    await expect(lifecycle.add(noting(done, 'b', { start: fail }))).rejects.toThrow('broken');
    expect(done).toContain('close a');
    expect(done).not.toContain('close b');
    expect(lifecycle.phase()).toBe('failed');
    await expect(lifecycle.add(noting(done, 'c'))).rejects.toThrow('cannot be added');
  });

  test('what hangs while draining is closed at the deadline', async () => {
    const done: string[] = [];
    const lifecycle = open(20);
    await lifecycle.add(noting(done, 'a'));
    await lifecycle.add(noting(done, 'b', { drain: never }));
    await lifecycle.stop();
    expect(done.slice(-3)).toEqual(['drain a', 'close b', 'close a']);
    expect(lifecycle.phase()).toBe('closed');
  });

  test('what hangs or fails while closing keeps nothing else from closing', async () => {
    const done: string[] = [];
    const lifecycle = open();
    await lifecycle.add(noting(done, 'a'));
    await lifecycle.add(noting(done, 'b', { close: fail }));
    await lifecycle.add(noting(done, 'c', { close: never }));
    await lifecycle.stop();
    expect(done.at(-1)).toBe('close a');
    expect(lifecycle.phase()).toBe('failed');
  });

  test('what is still starting when everything stops is closed as well', async () => {
    const done: string[] = [];
    const lifecycle = open();
    const gate = Promise.withResolvers<undefined>();
    const adding = lifecycle.add(noting(done, 'a', { start: () => gate.promise }));
    await lifecycle.stop();
    gate.resolve(undefined);
    await expect(adding).rejects.toThrow('too late');
    expect(done).toEqual(['close a']);
  });
});

describe('signals', () => {
  function signalled(stop: () => Promise<void>) {
    const exited = Promise.withResolvers<number>();
    const source = Object.assign(new EventEmitter(), { exit: (code: number) => exited.resolve(code) });
    const clock = { ms: 0 };
    const unlisten = listenForSignals({ stop, logger: silent, process: source, now: () => clock.ms });
    return { source, exited: exited.promise, unlisten, clock };
  }

  test('the first stops in order', async () => {
    let isStopped = false;
    const { source, exited } = signalled(async () => void (isStopped = true));
    source.emit('SIGTERM');
    expect(await exited).toBe(0);
    expect(isStopped).toBe(true);
  });

  test('a second one forces', async () => {
    const { source, exited, clock } = signalled(never);
    source.emit('SIGINT');
    clock.ms = 1_001;
    source.emit('SIGINT');
    expect(await exited).toBe(130);
  });

  test('a Ctrl-C that comes twice at once, from the terminal and from npm, is one', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { source, exited, clock } = signalled(() => gate.promise);
    source.emit('SIGINT');
    clock.ms = 20;
    source.emit('SIGINT');
    gate.resolve(undefined);
    expect(await exited).toBe(0);
  });

  test('a stop that fails is told by the exit code', async () => {
    const { source, exited } = signalled(fail);
    source.emit('SIGTERM');
    expect(await exited).toBe(1);
  });

  test('nobody listens after that was ended', () => {
    const { source, unlisten } = signalled(never);
    unlisten();
    expect([source.listenerCount('SIGINT'), source.listenerCount('SIGTERM')]).toEqual([0, 0]);
  });
});

describe('health', () => {
  test('is what all checks say, without their reasons', async () => {
    const health = createHealth([
      { name: 'database', check: async () => 1 },
      { name: 'log', check: fail },
    ]);
    expect(await health()).toEqual({ status: 'failing', checks: { database: 'ok', log: 'failing' } });
    expect(await createHealth([])()).toEqual({ status: 'ok', checks: {} });
  });

  test('a check that hangs fails in time, one that throws fails', async () => {
    const thrower = () => {
      throw new Error('broken');
    };
    const checks = [
      { name: 'hangs', check: never },
      { name: 'throws', check: thrower },
    ];
    expect((await createHealth(checks, { timeoutMs: 10 })()).checks).toEqual({ hangs: 'failing', throws: 'failing' });
  });

  test('those who ask at once share one round of checks, later ones get their own', async () => {
    let rounds = 0;
    const health = createHealth([{ name: 'a', check: async () => void (rounds += 1) }]);
    await Promise.all([health(), health()]);
    expect(rounds).toBe(1);
    await health();
    expect(rounds).toBe(2);
  });
});
