import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findProcess, stopInstance } from './instance.ts';
import { RECORD_AND_EXEC } from './process-record.ts';

describe.skipIf(process.platform !== 'linux')('the record of a process', () => {
  let folder: string;
  let child: ChildProcess;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'starling-record-'));
    child = spawn('/bin/sh', ['-c', RECORD_AND_EXEC, join(folder, 'process'), 'SIGTERM', 'sleep', '1000']);
    await vi.waitFor(async () => expect(await findProcess(folder)).not.toBeNull());
  });

  afterEach(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  test('is that of the program itself, as it was there before it', async () => {
    expect((await findProcess(folder))?.pid).toBe(child.pid);
  });

  test('is gone once the process has been killed', async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await findProcess(folder)).toBeNull();
    await expect(readFile(join(folder, 'process'))).rejects.toThrow('ENOENT');
  });

  test.each([
    // proc(5) has the time of its start 19 fields after its state.
    ['a later program of the same number', /(?<=\) (?:\S+ ){19})\d+/, '1'],
    ['a program of another boot', /^[0-9a-f-]{36}$/m, '00000000-0000-0000-0000-000000000000'],
  ])('is not taken for %s, which nobody ends', async (_what, mark, other) => {
    const file = join(folder, 'process');
    const record = await readFile(file, 'utf8');
    expect(record).toMatch(mark);
    await writeFile(file, record.replace(mark, other));
    expect(await stopInstance(folder)).toBe(false);
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  });

  test('ends the process by the signal that it says', async () => {
    const exit = once(child, 'exit');
    expect(await stopInstance(folder)).toBe(true);
    expect(await exit).toEqual([null, 'SIGTERM']);
  });

  test('one that is paused is ended, too', async () => {
    child.kill('SIGSTOP');
    const exit = once(child, 'exit');
    await stopInstance(folder);
    expect(await exit).toEqual([null, 'SIGTERM']);
  });
});
