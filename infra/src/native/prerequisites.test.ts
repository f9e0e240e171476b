import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findProgram, requireTool } from './prerequisites.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starling-programs-'));
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH ?? ''}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('a missing tool is named, with the command that installs it', async () => {
  await expect(requireTool('no-such-tool', 'its-package')).rejects.toThrow(
    /^no-such-tool is missing. Install it by: (sudo )?apt-get install its-package$/,
  );
});

test('a server of the right major is taken, wherever it lies', async () => {
  await install('redis-server', 'Redis server v=7.2.5 sha=00000000:0 malloc=jemalloc-5.3.0');
  expect(await findProgram('redis')).toBe(join(folder, 'redis-server'));
});

test.each([
  ['redis', 'redis-server', 'Redis server v=6.0.16 sha=00000000:0', 6, 7],
  ['haproxy', 'haproxy', 'HAProxy version 3.0.2-1 2026/06/14', 3, 2],
] as const)('%s of another major is refused', async (engine, program, version, major, wanted) => {
  await install(program, version);
  await expect(findProgram(engine)).rejects.toThrow(`is version ${major}, and Starling is made for ${wanted}`);
});

async function install(program: string, version: string): Promise<void> {
  const file = join(folder, program);
  await writeFile(file, `#!/bin/sh\necho '${version}'\n`);
  await chmod(file, 0o755);
}
