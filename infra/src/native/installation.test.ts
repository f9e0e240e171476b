import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '@starling/kit/postgres/embedded/postmaster.ts';
import { ensureRunning, folderOf } from './installation.ts';
import { type Instance, stopInstance } from './instance.ts';

/** Answers until it is told to end, which takes it a moment. */
const SCRIPT = 'echo start >> starts; rm -f end; touch up; while [ ! -e end ]; do sleep 0.2; done; sleep 0.5';

test('an instance that is just ending is not adopted, but started again', async () => {
  const root = await mkdtemp(join(tmpdir(), 'starling-installation-'));
  const file = (name: string) => join(folderOf(root, 'napper'), name);
  onTestFinished(async () => {
    await stopInstance(folderOf(root, 'napper'));
    await rm(root, { recursive: true, force: true });
  });
  const instance: Instance = {
    ...{ name: 'napper', port: await findFreePort(), stopSignal: 'SIGTERM' },
    prepare: async () => ({ command: ['/bin/sh', '-c', SCRIPT], env: process.env }),
    check: async () => void (await readFile(file('up'))),
  };
  const installation = { root, account: null, dataFolders: {} };
  await ensureRunning(installation, instance);
  await rm(file('up'));
  await writeFile(file('end'), '');
  await ensureRunning(installation, instance);
  expect(await readFile(file('starts'), 'utf8')).toBe('start\nstart\n');
});
