import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProcess } from './instance.ts';

/** Names of the instances that run, whatever was asked for. */
export async function findRunning(root: string): Promise<{ name: string; pid: number }[]> {
  const names = (await readdir(join(root, 'engines'), { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const found = await Promise.all(
    names.map(async (name) => ({ name, process: await findProcess(join(root, 'engines', name)) })),
  );
  return found.flatMap(({ name, process }) => (process === null ? [] : [{ name, pid: process.pid }]));
}
