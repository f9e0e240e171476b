import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PRELOADED = new URL('../../../scripts/production.mjs', import.meta.url).href;

/** Enough for what every process needs; a key of the right length. */
export const SIGNING: Readonly<Record<string, string>> = { STARLING_SIGNING_KEYS: 'k'.repeat(40) };

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs `<entry>/src/main.ts` with this environment and no other, until it ends. */
export async function runProcess(
  entry: string,
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', PRELOADED, `${entry}/src/main.ts`, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'silent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}
