import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** `npm run <script> -- …`, as somebody types it into a terminal. */
export type NpmScript = {
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves as soon as its standard output matches; rejects if it ends without. */
  saw(pattern: RegExp): Promise<void>;
  /** To npm, which passes it on. One that has ended takes none. */
  signal(signal: 'SIGINT' | 'SIGTERM'): void;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
};

export function runNpmScript(script: string, ...args: string[]): NpmScript {
  const child = spawn('npm', ['run', '--silent', script, '--', ...args], {
    cwd: ROOT,
    // A terminal is not in the middle of a test.
    env: { ...process.env, NODE_ENV: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, 'close');
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    async saw(pattern) {
      const matches = () => expect(stdout, stderr).toMatch(pattern);
      await Promise.race([vi.waitFor(matches, { timeout: 600_000, interval: 50 }), closed.then(matches)]);
    },
    signal: (signal) => void child.kill(signal),
    ended: closed.then(() => ({ code: child.exitCode, stdout, stderr })),
  };
}
