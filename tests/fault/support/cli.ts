import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';

const MAIN = fileURLToPath(import.meta.resolve('@starling/cli/main.ts'));
const PRELOADED = new URL('../../../scripts/production.mjs', import.meta.url).href;

/** The real `starling` command in a process of its own. */
export type CliRun = {
  /** Standard output and error as they came. */
  output(): string;
  /** Resolves as soon as the output matches; rejects if the process ends without. */
  saw(pattern: RegExp): Promise<void>;
  exitCode(): Promise<number | null>;
  /** Kill -9; resolves when it is gone. */
  kill(): Promise<void>;
};

export function runCli(...args: string[]): CliRun {
  const child = spawn(process.execPath, ['--import', PRELOADED, MAIN, ...args], {
    env: { ...process.env, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let output = '';
  const hear = (chunk: Buffer) => void (output += chunk.toString());
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return {
    output: () => output,
    async saw(pattern) {
      const matches = () => expect(output).toMatch(pattern);
      await Promise.race([vi.waitFor(matches, { timeout: 120_000, interval: 2 }), closed.then(matches)]);
    },
    async exitCode() {
      await closed;
      return child.exitCode;
    },
    async kill() {
      if (isAlive(child)) child.kill('SIGKILL');
      await closed;
    },
  };
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
