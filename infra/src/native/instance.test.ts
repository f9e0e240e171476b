import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFreePort } from '@starling/kit/postgres/embedded/postmaster.ts';
import { type Folders, type Instance, startInstance, stopInstance } from './instance.ts';

let folders: Folders;

beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'starling-instance-'));
  folders = { folder: join(root, 'folder'), data: join(root, 'data'), account: null };
  await mkdir(folders.folder);
  return () => rm(root, { recursive: true, force: true });
});
afterEach(() => stopInstance(folders.folder));

/** Ends with a complaint at its first start, and answers from its second one on. */
async function endsOnce(isPassing: Instance['isPassing']): Promise<Instance> {
  const script = `echo start >> starts; [ "$(wc -l < starts)" = 1 ] && { echo still in use; exit 1; }; touch up; exec sleep 60`;
  return {
    ...{ name: 'napper', port: await findFreePort(), stopSignal: 'SIGTERM' },
    prepare: async () => ({ command: ['/bin/sh', '-c', script], env: process.env }),
    check: async () => void (await readFile(join(folders.folder, 'up'))),
    ...(isPassing && { isPassing }),
  };
}

const starts = async () => (await readFile(join(folders.folder, 'starts'), 'utf8')).split('\n').length - 1;

test('what has ended by something that is over in a moment is started again', async () => {
  await startInstance(await endsOnce((log) => log.includes('still in use')), folders);
  expect(await starts()).toBe(2);
});

test.each<[string, Instance['isPassing']]>([
  ['by something else', () => false],
  ['where nothing is known to pass', undefined],
])('what has ended %s is not, and its last words are told', async (_, isPassing) => {
  const starting = startInstance(await endsOnce(isPassing), folders);
  await expect(starting).rejects.toThrow('napper has ended right after its start. Its last words:\nstill in use');
  expect(await starts()).toBe(1);
});
